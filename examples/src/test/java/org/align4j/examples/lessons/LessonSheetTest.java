package org.align4j.examples.lessons;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bars of lessons in the terminal, and where lessons leave their pages. */
class LessonSheetTest {
    @TempDir
    Path folder;

    private List<String> bars(String title, Map<String, Double> values) {
        Terminal terminal = Terminal.captured();
        new LessonSheet(terminal, folder, true).bars(title, new LinkedHashMap<>(values));
        return terminal.captureOutput().lines().toList();
    }

    /** 46 of 100 are 18.4 of 40 cells, whatever the other bar has. */
    @Test
    void percentsAreOutOfAHundred() {
        assertThat(bars("Pairs classified correctly, %", Map.of("a", 46.0)))
                .containsExactly(
                        "Pairs classified correctly, %",
                        "  a     46.00 |" + "█".repeat(18), "  a bar of 40 cells is 100", "");
    }

    @Test
    void numbersHaveARoundScale() {
        assertThat(bars("Loss, nats", Map.of("a", 1.5)))
                .contains("  a      1.50 |" + "█".repeat(30), "  a bar of 40 cells is 2");
        assertThat(bars("Gap, nats", Map.of("a", -25.0)))
                .contains("  a    -25.00 |-" + "█".repeat(20), "  a bar of 40 cells is 50");
        assertThat(bars("Share of courteous answers", Map.of("a", 0.5))).contains("  a      0.50 |" + "█".repeat(20));
    }

    @Test
    void nothingHasNoBar() {
        assertThat(bars("Difference, nats", Map.of("a", 1e-9))).contains("  a      0.00 |");
        assertThat(bars("Difference, nats", Map.of("a", 0.0))).contains("  a      0.00 |");
    }

    /** Lesson 1 needs a model for a second or two; it is taught twice. */
    @Test
    void aLessonRunsASecondTime() throws IOException {
        System.setProperty("align4j.home", System.getProperty("align4j.root"));
        try {
            for (String name : List.of("lesson-01", "lesson-01-2")) {
                Terminal terminal = Terminal.captured();
                assertThat(Align.run(terminal, "lesson", "1", "--out", folder.toString()))
                        .as(terminal.captureLog())
                        .isZero();
                assertThat(folder.resolve(name).resolve("lesson.html")).isNotEmptyFile();
            }
        } finally {
            System.clearProperty("align4j.home");
        }
    }

    /** A lesson that says all by what it prints: the page has that, and the program folded below it. */
    @Test
    void aLessonWithoutProseShowsWhatItPrintsAndThenItsProgram() throws IOException {
        Path home = folder.resolve("home");
        Path source = home.resolve(Lessons.source(new PlainLesson()));
        Files.createDirectories(source.getParent());
        Files.createDirectories(home.resolve("docs"));
        Files.writeString(
                source,
                "package p;\n\nfinal class PlainLesson extends Lesson {\n    public void teach(LessonSheet sheet) {\n"
                        + "        sheet.say(\"Seven.\");\n    }\n}\n");
        Terminal terminal = Terminal.captured();
        System.setProperty("align4j.home", home.toString());
        try {
            Path page = new LessonSheet(terminal, folder.resolve("lesson"), true).teach(new PlainLesson());
            assertThat(page)
                    .content()
                    .containsSubsequence("Seven.", "<summary", "The program", "<pre class=\"code\">sheet.say(");
        } finally {
            System.clearProperty("align4j.home");
        }
        assertThat(terminal.captureOutput()).isEqualTo("Lesson 98: Plain?\n\nSeven.\n\n");
    }

    private static final class PlainLesson extends Lesson {
        PlainLesson() {
            super(98, "Plain?");
        }

        @Override
        public void teach(LessonSheet sheet) {
            sheet.say("Seven.");
        }
    }
}
