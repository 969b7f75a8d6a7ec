package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.cli.Home;
import org.align4j.core.page.HtmlPage;
import org.align4j.core.page.HtmlText;
import org.align4j.examples.lessons.LessonSource.Kind;
import org.align4j.examples.lessons.TaughtCells.Output;
import org.align4j.examples.lessons.TaughtCells.Taught;

/**
 * A lesson that was taught, as a page and as a notebook: prose, code, what the code printed, and what to read next.
 *
 * @param lesson what was taught
 * @param source its source
 * @param cells its cells with what they printed
 * @param addresses makes a link, as a page in docs would have it, into the address that it leads to from page and notebook
 */
record LessonPage(Lesson lesson, LessonSource source, TaughtCells cells, UnaryOperator<String> addresses) {
    private static final Pattern SIGNS = Pattern.compile(
            "(?<comment>//[^\n]*|/\\*.*?\\*/)|(?<string>&quot;.*?&quot;)|\\b(?<word>boolean|break|case|class|continue|double|else|final|for|if|implements|import|instanceof|int|long|new|null|private|record|return|static|switch|this|throw|try|var|void|while)\\b",
            Pattern.DOTALL);

    private static final String STYLE =
            "main p, main ul { max-width: 44em; } h2 { font-size: 1.3rem; margin: 2.4rem 0 .7rem; } .code { font-size: .8125rem; line-height: 1.5; }"
                    + " pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, \"DejaVu Sans Mono\", monospace; }"
                    + " .code i { color: var(--muted); font-style: normal; } .code b { color: var(--run4); font-weight: 400; }"
                    + " .code q { color: var(--good); quotes: none; } .formula { border: 0; background: none; font-size: .9375rem; padding: 0 1.5rem; }"
                    + " .output { border-left: 3px solid var(--line); padding: .1rem 0 .1rem 1rem; margin: 0 0 1.4rem; }"
                    + " .output section { margin: .8rem 0; } .output h3 { font-size: .875rem; } details { max-width: 46rem; margin: 0 0 1rem; } details .formula { font-size: .8125rem; padding: 0; }"
                    + " nav.next { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1rem; }";

    /** Rules that {@link #body} needs besides those of every page. */
    static final List<String> STYLES = List.of(LessonChart.STYLE, STYLE, LessonWords.STYLE);

    /**
     * Makes the page of a lesson with what it printed when it was run at full scale, as {@code docs/lessons} has it: a list of code and what
     * that printed. Code that changed since has no output.
     */
    static LessonPage recorded(Lesson lesson, UnaryOperator<String> addresses) throws IOException {
        LessonSource source = LessonSource.of(lesson);
        Path file = Home.resolve("docs").resolveSibling(format("docs/lessons/%02d.json", lesson.number()));
        List<Recorded> printed = Files.isRegularFile(file)
                ? List.of(new ObjectMapper().readValue(file.toFile(), Recorded[].class))
                : List.of();
        TaughtCells cells = new TaughtCells(
                source,
                code -> printed.stream()
                        .filter(one -> one.code().equals(code))
                        .findFirst()
                        .map(Recorded::outputs)
                        .orElse(List.of()));
        return new LessonPage(lesson, source, cells, addresses);
    }

    /**
     * Holds what a cell of a lesson printed.
     *
     * @param code the cell's text
     * @param outputs in order
     */
    record Recorded(String code, List<Output> outputs) {}

    /** Returns what the code of the lesson printed, cell by cell, for {@link #recorded}. */
    String outputs() throws IOException {
        List<Recorded> printed = cells.taught().stream()
                .filter(taught -> !taught.outputs().isEmpty())
                .map(taught -> new Recorded(taught.cell().text(), taught.outputs()))
                .toList();
        return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(printed) + "\n";
    }

    /** Returns the page's heading: number and question. */
    String title() {
        return format("Lesson %d: %s", lesson.number(), lesson.title());
    }

    /**
     * Writes the page as one file.
     *
     * @param after writes what follows the page's text, once that is written
     */
    String html(Supplier<String> after) throws IOException {
        return new HtmlPage(
                        title(),
                        STYLES,
                        body() + after.get(),
                        "Made by align lesson " + lesson.number()
                                + ". Its figures are in lesson.json, the lesson as a Jupyter notebook is"
                                + " lesson.ipynb.",
                        List.of())
                .text();
    }

    /** Writes what is on the page, from its heading on, as HTML. */
    String body() {
        StringBuilder body = new StringBuilder("<h1>" + HtmlText.html(title()) + "</h1>\n");
        for (Taught taught : cells.taught()) {
            if (!cells.hasProse()) {
                taught.outputs().forEach(output -> body.append(output.html()));
            } else if (taught.cell().kind() == Kind.PROSE) {
                body.append(LessonProse.html(taught.cell().text(), addresses));
            } else {
                String code = LessonCode.read(taught.cell().text());
                body.append(code.isEmpty() ? "" : code(code)).append(outputs(taught));
            }
        }
        if (!cells.hasProse()) {
            String program =
                    source.cells().stream().map(cell -> code(cell.text())).collect(Collectors.joining("\n"));
            body.append("<details><summary>The program</summary>\n" + program + "</details>\n");
        }
        return body + after();
    }

    /** Writes what a cell printed: tables and charts stand apart, sentences are prose. */
    private static String outputs(Taught taught) {
        StringBuilder html = new StringBuilder();
        boolean apart = false;
        for (Output output : taught.outputs()) {
            if (apart == output.isProse()) {
                html.append(apart ? "</div>\n" : "<div class=\"output\">");
                apart = !apart;
            }
            html.append(output.html()).append('\n');
        }
        return html.append(apart ? "</div>\n" : "").toString();
    }

    /** Writes Java as HTML in which words of the language, texts and comments are marked. */
    static String code(String java) {
        String marked = SIGNS.matcher(HtmlText.html(java)).replaceAll(sign -> {
            String mark = sign.group(1) != null ? "i" : sign.group(2) != null ? "q" : "b";
            return Matcher.quoteReplacement("<" + mark + ">" + sign.group() + "</" + mark + ">");
        });
        return "<pre class=\"code\">" + marked + "</pre>\n";
    }

    /** What comes after the lesson: the next one, its source, the papers. */
    private String after() {
        List<String> lines = new ArrayList<>();
        List<Lesson> all = List.copyOf(Lessons.all().values());
        all.stream()
                .filter(other -> other.number() < lesson.number())
                .reduce((first, second) -> second)
                .ifPresent(previous -> lines.add(turning("Previous", previous)));
        all.stream()
                .filter(other -> other.number() > lesson.number())
                .findFirst()
                .ifPresent(next -> lines.add(turning("Next", next)));
        lines.add(format(
                "Words: %s, letters: %s, %s, all %s. The program: %s",
                link("concepts.md", "concepts"),
                link("notation.md", "notation"),
                link("commands.md", "commands"),
                link("lessons.md", "lessons"),
                link("../" + Lessons.source(lesson), Lessons.source(lesson))));
        source.papers()
                .forEach(paper -> lines.add(format("Paper: <a href=\"%s\">%s</a>", paper.address(), paper.title())));
        return lines.stream().collect(Collectors.joining("</p>\n<p>", "<nav class=\"next\"><p>", "</p></nav>\n"));
    }

    private String turning(String word, Lesson other) {
        return format(
                "%s: %s: <code>./align lesson %d</code>",
                word, link(Lessons.address(other), HtmlText.html(other.title())), other.number());
    }

    private String link(String link, String words) {
        return LessonProse.link(addresses.apply(link), words);
    }

    /** Writes the notebook for a Java kernel: a first cell that imports and makes the sheet, the lesson's cells, and one that closes. */
    String notebook() throws IOException {
        List<Map<String, Object>> all = new ArrayList<>();
        all.add(prose(
                0,
                format(
                        "# Lesson %d: %s\n\nA notebook for the Java kernel [JJava](https://github.com/dflib/jjava). Start Jupyter in the folder of"
                                + " Align4J as %s says. The cells run in order; each may be changed and run again.",
                        lesson.number(),
                        lesson.title(),
                        LessonProse.linked(addresses.apply("interactive.md#jupyter"), "interactive.md"))));
        all.add(code(
                1, format("%s\nLessonSheet sheet = LessonSheet.inShell(%d);", imports(), lesson.number()), List.of()));
        for (Taught taught : cells.taught()) {
            String text = taught.cell().text();
            if (taught.cell().kind() == Kind.PROSE) {
                all.add(prose(all.size(), LessonProse.notebook(text, addresses)));
                continue;
            }
            all.add(code(all.size(), text, taught.outputs()));
        }
        all.add(code(all.size(), "sheet.close(); // the models that the lesson opened", List.of()));
        Map<String, Object> notebook = new LinkedHashMap<>();
        notebook.put("cells", all);
        notebook.put(
                "metadata",
                ImmutableMap.of(
                        "kernelspec", ImmutableMap.of("display_name", "Java", "language", "java", "name", "java"),
                        "language_info", ImmutableMap.of("name", "Java", "file_extension", ".jshell")));
        notebook.put("nbformat", 4);
        notebook.put("nbformat_minor", 5);
        return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(notebook) + "\n";
    }

    /** Returns the imports of a shell that runs the lesson's cells. */
    private String imports() {
        return Stream.concat(
                        Stream.of("import java.nio.file.Path;", "import org.align4j.examples.lessons.*;"),
                        source.imports().stream())
                .distinct()
                .collect(Collectors.joining("\n"));
    }

    private static Map<String, Object> prose(int place, String markdown) {
        return cell(place, "markdown", markdown);
    }

    private static Map<String, Object> code(int place, String java, List<Output> printed) {
        Map<String, Object> cell = cell(place, "code", java);
        cell.put("execution_count", null);
        cell.put(
                "outputs",
                printed.stream()
                        .map(output -> ImmutableMap.of(
                                "output_type", "display_data",
                                "metadata", ImmutableMap.of(),
                                "data",
                                        ImmutableMap.of(
                                                "text/html",
                                                LessonChart.pictures(output.html()),
                                                "text/plain",
                                                output.text())))
                        .toList());
        return cell;
    }

    private static Map<String, Object> cell(int place, String type, String text) {
        Map<String, Object> cell = new LinkedHashMap<>();
        cell.put("cell_type", type);
        cell.put("id", format("cell-%03d", place));
        cell.put("metadata", ImmutableMap.of());
        cell.put("source", text);
        return cell;
    }
}
