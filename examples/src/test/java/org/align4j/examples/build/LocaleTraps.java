package org.align4j.examples.build;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.text.DecimalFormat;
import java.text.SimpleDateFormat;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.Calendar;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;

/** One method for each way in which text comes to follow the user's locale: {@link LocaleRule} must see all of them. */
final class LocaleTraps {
    private LocaleTraps() {}

    static String format(int step) {
        return String.format("step-%06d", step);
    }

    static String formatWithLocale(int step) {
        return String.format(Locale.getDefault(), "step-%06d", step);
    }

    static String formatted(int step) {
        return "step-%06d".formatted(step);
    }

    static String formatByReference(String template, String value) {
        BinaryOperator<String> format = String::format;
        return format.apply(template, value);
    }

    static String lower(String name) {
        return name.toLowerCase();
    }

    static List<String> upperByReference(Stream<String> names) {
        return names.map(String::toUpperCase).toList();
    }

    static void printfOfStream(PrintStream out, int step) {
        out.printf("%d", step);
    }

    static void formatOfStream(PrintStream out, int step) {
        out.format("%d", step);
    }

    static void printfOfWriter(PrintWriter out, int step) {
        out.printf("%d", step);
    }

    static void formatOfWriter(PrintWriter out, int step) {
        out.format("%d", step);
    }

    static void printfOfConsole(int step) {
        System.console().printf("%d", step);
    }

    static void formatter(StringBuilder out, int step) {
        try (Formatter formatter = new Formatter(out)) {
            formatter.format("%d", step);
        }
    }

    static int scanner(String text) {
        try (Scanner scanner = new Scanner(text)) {
            return scanner.nextInt();
        }
    }

    static String number(double value) {
        return new DecimalFormat("0.0").format(value);
    }

    static String date(long millis) {
        return new SimpleDateFormat("yyyy-MM-dd").format(millis);
    }

    static String day(LocalDate day) {
        return day.format(DateTimeFormatter.ofPattern("d MMM"));
    }

    static int year() {
        return Calendar.getInstance().get(Calendar.YEAR);
    }

    static void setLocale() {
        Locale.setDefault(Locale.ROOT);
    }

    /** What names its locale, or has none. */
    static final class Harmless {
        private Harmless() {}

        static String all(String name, LocalDate day, Object value) {
            return name.toLowerCase(Locale.ROOT)
                    + day.format(DateTimeFormatter.ofPattern("d MMM", Locale.ENGLISH))
                    + day.format(DateTimeFormatter.ISO_DATE)
                    + String.valueOf(value)
                    + Stream.of(name).map(String::strip).toList();
        }
    }
}
