package org.align4j.examples.lessons;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import jdk.jshell.JShell;
import jdk.jshell.Snippet.Status;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.Completeness;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import jdk.jshell.execution.LocalExecutionControlProvider;
import org.align4j.core.files.Json;
import org.align4j.core.terminal.Terminal;
import org.align4j.examples.lessons.LessonSource.Kind;

/**
 * A lesson that was taught: in every build at small scale, cell by cell in a JShell as a notebook runs it; with {@code -Plessons} at full
 * scale, whose figures docs/lessons.md has.
 *
 * @param figures what it kept, by name
 * @param said what it printed
 */
record TaughtLesson(Map<String, Double> figures, String said) {
    /** Whether lessons are taught at full scale. */
    static final boolean FULL = Boolean.getBoolean("align4j.lessons");

    private static final String HOME = "align4j.home";
    private static final String SHEET = "align4j.test.sheet";

    /** Teaches a lesson and looks at what it says and leaves. */
    static TaughtLesson of(Lesson lesson, Path folder) throws IOException {
        Terminal terminal = Terminal.captured();
        LessonSheet sheet = new LessonSheet(terminal, folder.resolve("lesson"), !FULL);
        Path page;
        System.setProperty(HOME, System.getProperty("align4j.root"));
        try (sheet) {
            page = FULL ? sheet.teach(lesson) : cells(sheet, lesson);
        } finally {
            System.clearProperty(HOME);
        }
        String said = terminal.captureOutput().replaceAll("\\s+", " ");
        assertThat(said).contains("Question:", "What the numbers don't tell", "Exercise");
        assertThat(Files.readString(page))
                .contains("<svg class=\"chart\"", lesson.title().substring(0, 6))
                .contains(
                        "<pre class=\"code\">",
                        "Next: ".substring(lesson.number() == Lessons.all().lastKey() ? 6 : 0))
                .doesNotContain("NaN", "Infinity");
        JsonNode notebook = Json.read(page.resolveSibling("lesson.ipynb"));
        assertThat(notebook.path("nbformat").asInt()).isEqualTo(4);
        assertThat(notebook.path("cells")).hasSizeGreaterThan(3);
        assertThat(page.resolveSibling("lesson.json")).isNotEmptyFile();
        return new TaughtLesson(sheet.figures(), said);
    }

    /** Runs the cells one after the other in a JShell, as a notebook does: each must be whole, and know what it names from those before. */
    private static Path cells(LessonSheet sheet, Lesson lesson) throws IOException {
        LessonSource source = sheet.begin(lesson);
        System.getProperties().put(SHEET, sheet);
        try (JShell shell = JShell.builder()
                .executionEngine(new LocalExecutionControlProvider(), Map.of())
                .compilerOptions("-classpath", System.getProperty("java.class.path"))
                .build()) {
            run(shell, "import org.align4j.examples.lessons.*;\n" + String.join("\n", source.imports()));
            run(shell, "LessonSheet sheet = (LessonSheet) System.getProperties().get(\"" + SHEET + "\");");
            for (int at = 0; at < source.cells().size(); at++) {
                sheet.reach(at);
                if (source.cells().get(at).kind() != Kind.PROSE) {
                    run(shell, source.cells().get(at).text());
                }
            }
        } finally {
            System.getProperties().remove(SHEET);
        }
        return sheet.end(lesson, source);
    }

    private static void run(JShell shell, String cell) {
        String rest = cell;
        while (!rest.isBlank()) {
            CompletionInfo first = shell.sourceCodeAnalysis().analyzeCompletion(rest);
            assertThat(first.completeness()).as(rest).isEqualTo(Completeness.COMPLETE);
            for (SnippetEvent event : shell.eval(first.source())) {
                assertThat(shell.diagnostics(event.snippet()).map(diagnostic -> diagnostic.getMessage(Locale.ROOT)))
                        .as(first.source())
                        .isEmpty();
                assertThat(event.exception()).as(first.source()).isNull();
                assertThat(event.status()).as(first.source()).isEqualTo(Status.VALID);
            }
            rest = first.remaining();
        }
    }

    /** Returns a figure that the lesson kept. */
    double figure(String name) {
        return Objects.requireNonNull(figures.get(name), name);
    }

    /** Asserts a figure of docs/lessons.md, within a fifth. */
    void near(String name, double told) {
        assertThat(figure(name)).as(name).isCloseTo(told, within(Math.abs(told) / 5));
    }

    /** Asserts a figure of docs/lessons.md. */
    void near(String name, double told, double distance) {
        assertThat(figure(name)).as(name).isCloseTo(told, within(distance));
    }
}
