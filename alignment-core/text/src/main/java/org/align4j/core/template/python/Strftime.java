package org.align4j.core.template.python;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.Locale;
import org.align4j.core.error.RootFormat;

/** {@code datetime.strftime} in the C locale, of a time without a zone. */
final class Strftime {
    private Strftime() {}

    /** A time written as the pattern says. */
    public static String format(LocalDateTime time, String pattern) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c != '%' || i + 1 == pattern.length()) {
                out.append(c);
                continue;
            }
            char directive = pattern.charAt(++i);
            char flag = 0;
            if ("-_0^#".indexOf(directive) >= 0 && i + 1 < pattern.length()) {
                flag = directive;
                directive = pattern.charAt(++i);
            }
            out.append(flagged(flag, directive(time, directive)));
        }
        return out.toString();
    }

    private static String flagged(char flag, String text) {
        return switch (flag) {
            case '-' -> text.replaceFirst("^[0 ]+(?=\\d)", "");
            case '_' -> {
                String bare = text.replaceFirst("^0+(?=\\d)", "");
                yield " ".repeat(text.length() - bare.length()) + bare;
            }
            case '0' -> text.replace(' ', '0');
            case '^', '#' -> text.toUpperCase(Locale.ROOT);
            default -> text;
        };
    }

    private static String directive(LocalDateTime time, char directive) {
        return switch (directive) {
            case 'a' -> by(time, "EEE");
            case 'A' -> by(time, "EEEE");
            case 'b', 'h' -> by(time, "MMM");
            case 'B' -> by(time, "MMMM");
            case 'c' -> format(time, "%a %b %e %H:%M:%S %Y");
            case 'C' -> by(time, "yyyy").substring(0, 2);
            case 'd' -> by(time, "dd");
            case 'D', 'x' -> format(time, "%m/%d/%y");
            case 'e' -> RootFormat.format("%2d", time.getDayOfMonth());
            case 'f' -> RootFormat.format("%06d", time.get(ChronoField.MICRO_OF_SECOND));
            case 'F' -> format(time, "%Y-%m-%d");
            case 'G' -> String.valueOf(time.get(IsoFields.WEEK_BASED_YEAR));
            case 'H' -> by(time, "HH");
            case 'I' -> by(time, "hh");
            case 'j' -> RootFormat.format("%03d", time.getDayOfYear());
            case 'k' -> RootFormat.format("%2d", time.getHour());
            case 'l' -> RootFormat.format("%2d", (time.getHour() + 11) % 12 + 1);
            case 'm' -> by(time, "MM");
            case 'M' -> by(time, "mm");
            case 'n' -> "\n";
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'P' -> time.getHour() < 12 ? "am" : "pm";
            case 'r' -> format(time, "%I:%M:%S %p");
            case 'R' -> format(time, "%H:%M");
            case 's' -> String.valueOf(ChronoUnit.SECONDS.between(LocalDateTime.of(1970, 1, 1, 0, 0), time));
            case 'S' -> by(time, "ss");
            case 't' -> "\t";
            case 'T', 'X' -> format(time, "%H:%M:%S");
            case 'u' -> String.valueOf(time.getDayOfWeek().getValue());
            case 'U' -> week(time, time.getDayOfWeek().getValue() % 7);
            case 'V' -> RootFormat.format("%02d", time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'w' -> String.valueOf(time.getDayOfWeek().getValue() % 7);
            case 'W' -> week(time, time.getDayOfWeek().getValue() - 1);
            case 'y' -> by(time, "yy");
            case 'Y' -> String.valueOf(time.getYear());
            case 'z', 'Z' -> "";
            case '%' -> "%";
            default -> "%" + directive;
        };
    }

    private static String by(LocalDateTime time, String pattern) {
        return time.format(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH));
    }

    /** Weeks since the first one that starts with the day that {@code daysIntoWeek} counts from. */
    private static String week(LocalDateTime time, int daysIntoWeek) {
        return RootFormat.format("%02d", (time.getDayOfYear() + 6 - daysIntoWeek) / 7);
    }
}
