package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Strings;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.cli.Home;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.HtmlText;
import org.align4j.core.terminal.Terminal;

/**
 * What a lesson writes on: the terminal, and a page with the same words and tables whose charts the terminal shows as bars. Its figures are
 * written next to the page, {@code lesson.json}.
 */
public final class LessonSheet implements AutoCloseable {

    private static final Pattern MINUS = Pattern.compile(" -(?!-)");

    private final Terminal terminal;
    private final Path folder;
    private final boolean small;
    private final Map<String, Double> figures = new LinkedHashMap<>();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private TaughtCells cells;
    private String teaching = "";

    /**
     * Makes the sheet of a lesson that is not begun yet.
     *
     * @param folder what the lesson leaves behind, new
     * @param small whether a few rows and steps are enough, as in a test; the figures mean nothing then
     */
    public LessonSheet(Terminal terminal, Path folder, boolean small) {
        this.terminal = terminal;
        this.folder = folder;
        this.small = small;
        this.cells = new TaughtCells(terminal);
    }

    /** Makes a sheet for a lesson whose parts a person runs by hand, at full scale. */
    public static LessonSheet inShell(int number) {
        return new LessonSheet(
                Terminal.writingTo(System.out), Path.of(format("runs/lessons/lesson-%02d-jshell", number)), false);
    }

    /** Opens the demo's model, on the CPU with one thread, so that the figures are the same every time; it is closed with the sheet. */
    public LanguageModel model() {
        return model(demo().resolve("model"));
    }

    /** Opens a model, as {@link #model()} opens the demo's: that of a run, by its folder. */
    public LanguageModel model(Path model) {
        return untilEnd(
                Align4j.model(model).device("cpu").dtype("fp32").threads(1).open());
    }

    /** Has something closed with the sheet, before what was opened earlier. */
    public <T extends AutoCloseable> T untilEnd(T opened) {
        reach();
        open.push(opened);
        return opened;
    }

    /** Closes what the lesson opened, the last one first. */
    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException("What the lesson opened can't be closed: " + e.getMessage(), e);
            }
        }
    }

    /** Returns the folder of the demo's rows. */
    public Path demo() {
        return Home.resolve("data/demo");
    }

    /** Returns a directory for a training's run, with a number behind its name where there is one already. */
    public Path run(String name) {
        reach();
        Path run = folder.resolve(name);
        for (int number = 2; Files.exists(run); number++) {
            run = folder.resolve(name + "-" + number);
        }
        return run;
    }

    /** Writes rows for a training into a file of the lesson's folder. */
    public Path rows(String name, List<String> lines) throws IOException {
        reach();
        Files.createDirectories(folder);
        return Files.write(folder.resolve(name), lines);
    }

    /** Returns how many rows or steps to take: the first number, or the second at small scale. */
    public int scaled(int full, int few) {
        reach();
        return small ? few : full;
    }

    /** Says a paragraph. */
    public void say(String text) {
        // On the page a minus is no hyphen, behind which a line may break.
        String html = HtmlText.html(MINUS.matcher(text).replaceAll(" −"));
        show(text, "<p>" + html + "</p>");
    }

    private void show(String text, String html) {
        reach();
        cells.print(text, html);
    }

    /** Shows the lesson up to the cell whose line runs now: every call of this sheet comes from one. */
    private void reach() {
        StackWalker.getInstance()
                .walk(frames -> frames.filter(frame -> frame.getClassName().equals(teaching)
                                && frame.getMethodName().equals("teach"))
                        .findFirst())
                .ifPresent(frame -> cells.reachLine(frame.getLineNumber()));
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
        StringBuilder text = new StringBuilder(line);
        HtmlTable table = new HtmlTable(headings.get(0)).figures(headings.subList(1, headings.size()));
        for (List<String> row : rows) {
            text.append('\n');
            for (int column = 0; column < widths.length; column++) {
                text.append(cell(column, row.get(column), widths[column]));
            }
            table.row(row.get(0), row.subList(1, row.size()));
        }
        show(text.toString(), HtmlText.wide(table.html()));
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
        double scale = TextBars.scale(title, values.values());
        show(title + "\n" + TextBars.of(values, scale), chart(title, LessonChart.bars(title, values, scale)));
    }

    private static String chart(String title, String drawing) {
        return "<section><h3>" + HtmlText.html(title) + "</h3>" + HtmlText.wide(drawing) + "</section>";
    }

    /**
     * Draws curves on the page; the terminal shows where each one ends.
     *
     * @param curves by name, each {@code [n][2]} points of x and y
     */
    public void lines(String title, String x, String y, Map<String, double[][]> curves) {
        Map<String, Double> ends = new LinkedHashMap<>();
        curves.forEach((name, points) -> ends.put(name, points[points.length - 1][1]));
        show(
                title + " (the last point of each curve; the curves are on the page)\n"
                        + TextBars.of(ends, TextBars.scale(y, ends.values())),
                chart(title, LessonChart.lines(title, x, y, curves)));
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

    /**
     * Begins a lesson: from now on each of its cells is shown before what it prints. {@link #teach} does so for a lesson that is called; whoever
     * runs the cells one by one calls {@link #reach(int)} before each, and {@link #end} behind the last.
     */
    public LessonSource begin(Lesson lesson) throws IOException {
        LessonSource source = LessonSource.of(lesson);
        teaching = lesson.getClass().getName();
        cells = new TaughtCells(terminal, source);
        terminal.print(format("Lesson %d: %s", lesson.number(), lesson.title()));
        terminal.print("");
        return source;
    }

    /** Shows the cells up to one of them, by its place from 0. */
    public void reach(int cell) {
        cells.reach(cell);
    }

    /** Ends a lesson: shows the cells that are left, closes what was opened, and writes page, notebook and figures. */
    public Path end(Lesson lesson, LessonSource source) throws IOException {
        cells.reachEnd();
        close();
        Files.createDirectories(folder);
        new ObjectMapper()
                .writerWithDefaultPrettyPrinter()
                .writeValue(folder.resolve("lesson.json").toFile(), figures);
        LessonWords words = new LessonWords(folder, site(folder));
        LessonPage page = new LessonPage(lesson, source, cells, words::address);
        Files.writeString(folder.resolve("outputs.json"), page.outputs());
        Files.writeString(
                folder.resolve("lesson.ipynb"), new LessonPage(lesson, source, cells, words::ofSite).notebook());
        return Files.writeString(folder.resolve("lesson.html"), page.html(words::definitions));
    }

    /** Returns where the site lies that the pages of lessons lead to: beside the lesson's folder. */
    static Path site(Path folder) {
        return folder.toAbsolutePath().resolveSibling("site");
    }

    /** Teaches a lesson and writes its page. */
    public Path teach(Lesson lesson) throws IOException {
        try {
            LessonSource source = begin(lesson);
            lesson.teach(this);
            return end(lesson, source);
        } finally {
            close();
        }
    }
}
