package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Strings;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.cli.Home;
import org.align4j.core.page.HtmlPage;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.HtmlText;
import org.align4j.core.terminal.Terminal;

/**
 * What a lesson writes on: the terminal, and a page with the same words and tables whose charts the terminal shows as bars. Its figures are
 * written next to the page, {@code lesson.json}.
 */
public final class LessonSheet {
    private static final int BAR = 40;
    /** A scale of so little shows numbers that print as 0.01. */
    private static final double SMALLEST = 0.1;
    /** Less than a cell, so that a product that should be whole isn't rounded down. */
    private static final double ROUNDING = 1e-9;

    private static final Pattern SHARE = Pattern.compile("\\b[sS]hare\\b");
    private static final Pattern MINUS = Pattern.compile(" -(?!-)");

    private final Terminal terminal;
    private final Path folder;
    private final boolean small;
    private final StringBuilder body = new StringBuilder();
    private final Map<String, Double> figures = new LinkedHashMap<>();

    /**
     * @param folder what the lesson leaves behind, new
     * @param small whether a few rows and steps are enough, as in a test; the figures mean nothing then
     */
    public LessonSheet(Terminal terminal, Path folder, boolean small) {
        this.terminal = terminal;
        this.folder = folder;
        this.small = small;
    }

    /** Makes a sheet for a lesson whose parts a person runs by hand, at full scale. */
    public static LessonSheet inShell(int number) {
        return new LessonSheet(Terminal.system(), Path.of(format("runs/lessons/lesson-%02d-jshell", number)), false);
    }

    /** Opens the demo's model, on the CPU with one thread, so that the figures are the same every time. */
    public LanguageModel model() {
        return Align4j.model(demo().resolve("model"))
                .device("cpu")
                .dtype("fp32")
                .threads(1)
                .open();
    }

    /** Returns the folder of the demo's rows. */
    public Path demo() {
        return Home.resolve("data/demo");
    }

    /** Returns a directory for a training's run, with a number behind its name where there is one already. */
    public Path run(String name) {
        Path run = folder.resolve(name);
        for (int number = 2; Files.exists(run); number++) {
            run = folder.resolve(name + "-" + number);
        }
        return run;
    }

    /** Returns how many rows or steps to take: the first number, or the second at small scale. */
    public int scaled(int full, int few) {
        return small ? few : full;
    }

    /** Says a paragraph. */
    public void say(String text) {
        terminal.print(text);
        terminal.print("");
        // On the page a minus is no hyphen, behind which a line may break.
        body.append("<p>")
                .append(HtmlText.html(MINUS.matcher(text).replaceAll(" −")))
                .append("</p>\n");
    }

    /** Shows a table whose first column names the rows. */
    public void table(List<String> headings, List<List<String>> rows) {
        StringBuilder line = new StringBuilder();
        int[] widths = new int[headings.size()];
        for (int column = 0; column < widths.length; column++) {
            int at = column;
            widths[at] = Math.max(
                    headings.get(at).length(),
                    rows.stream().mapToInt(row -> row.get(at).length()).max().orElse(0));
            line.append(cell(at, headings.get(at), widths[at]));
        }
        terminal.print(line.toString());
        HtmlTable table = new HtmlTable(headings.get(0)).figures(headings.subList(1, headings.size()));
        for (List<String> row : rows) {
            StringBuilder text = new StringBuilder();
            for (int column = 0; column < widths.length; column++) {
                text.append(cell(column, row.get(column), widths[column]));
            }
            terminal.print(text.toString());
            table.row(row.get(0), row.subList(1, row.size()));
        }
        terminal.print("");
        body.append(HtmlText.wide(table.html()));
    }

    /**
     * Shows numbers with three digits beside names.
     *
     * @param columns as long as there are names, each
     */
    public void columns(List<String> headings, List<String> names, List<double[]> columns) {
        List<List<String>> rows = new ArrayList<>();
        for (int row = 0; row < names.size(); row++) {
            List<String> cells = new ArrayList<>(List.of(names.get(row)));
            for (double[] column : columns) {
                cells.add(format("%.3f", Math.round(column[row] * 1000) / 1000.0));
            }
            rows.add(cells);
        }
        table(headings, rows);
    }

    private static String cell(int column, String text, int width) {
        return column == 0 ? Strings.padEnd(text, width, ' ') : "  " + Strings.padStart(text, width, ' ');
    }

    /** Shows named numbers as bars, on the page and in the terminal; a title that ends in {@code %} or names one makes a scale of 100. */
    public void bars(String title, Map<String, Double> values) {
        double scale = scale(title, values.values());
        terminal.print(title);
        printBars(values, scale);
        body.append(HtmlText.section(title, HtmlText.wide(LessonChart.bars(title, values, scale))));
    }

    /** Prints bars over a scale that is told: a bar is full where its number is the scale's end. */
    private void printBars(Map<String, Double> values, double scale) {
        int widest = values.keySet().stream().mapToInt(String::length).max().orElse(1);
        values.forEach((name, value) -> {
            long cells = Math.min(BAR, (long) (Math.abs(value) / scale * BAR + ROUNDING));
            terminal.print(format(
                    "  %s %9.2f |%s%s",
                    Strings.padEnd(name, widest, ' '), value, value < 0 && cells > 0 ? "-" : "", "█".repeat((int)
                                    cells)));
        });
        terminal.print(format("  a bar of %d cells is %s", BAR, plain(scale)));
        terminal.print("");
    }

    /**
     * Returns the number that a full bar stands for: 100 of percents, 1 of shares, else the next of 1, 2 and 5 times a power of ten that no
     * number exceeds. Numbers that print as 0.00 have no bar.
     */
    static double scale(String title, Collection<Double> values) {
        double largest = values.stream().mapToDouble(Math::abs).max().orElse(0);
        if (title.contains("%") && largest <= 100) {
            return 100;
        }
        if (SHARE.matcher(title).find() && largest <= 1) {
            return 1;
        }
        double power = Math.pow(10, Math.floor(Math.log10(Math.max(largest, SMALLEST))));
        for (int times : new int[] {1, 2, 5}) {
            if (largest <= times * power) {
                return times * power;
            }
        }
        return 10 * power;
    }

    private static String plain(double scale) {
        return format("%.2f", scale).replaceFirst("\\.?0+$", "");
    }

    /**
     * Draws curves on the page; the terminal shows where each one ends.
     *
     * @param curves by name, each {@code [n][2]} points of x and y
     */
    public void lines(String title, String x, String y, Map<String, double[][]> curves) {
        terminal.print(title + " (the last point of each curve; the curves are on the page)");
        Map<String, Double> ends = new LinkedHashMap<>();
        curves.forEach((name, points) -> ends.put(name, points[points.length - 1][1]));
        printBars(ends, scale(y, ends.values()));
        body.append(HtmlText.section(title, HtmlText.wide(LessonChart.lines(title, x, y, curves))));
    }

    /** Makes a curve of one value per step, from step 1 on. */
    public static double[][] byStep(List<Double> values) {
        double[][] points = new double[values.size()][];
        for (int i = 0; i < points.length; i++) {
            points[i] = new double[] {i + 1, values.get(i)};
        }
        return points;
    }

    /** Keeps a figure under a name, for lesson.json. */
    public void figure(String name, double value) {
        figures.put(name, value);
    }

    /** Returns the figures so far, in the order in which they were kept. */
    public Map<String, Double> figures() {
        return ImmutableMap.copyOf(figures);
    }

    /** Teaches a lesson and writes its page. */
    public Path teach(Lesson lesson) throws IOException {
        String title = format("Lesson %d: %s", lesson.number(), lesson.title());
        terminal.print(title);
        terminal.print("");
        lesson.teach(this);
        Files.createDirectories(folder);
        new ObjectMapper()
                .writerWithDefaultPrettyPrinter()
                .writeValue(folder.resolve("lesson.json").toFile(), figures);
        String page = new HtmlPage(
                        title,
                        List.of(LessonChart.STYLE),
                        "<h1>" + HtmlText.html(title) + "</h1>\n" + body,
                        "Made by align lesson " + lesson.number(),
                        List.of())
                .text();
        return Files.writeString(folder.resolve("lesson.html"), page);
    }
}
