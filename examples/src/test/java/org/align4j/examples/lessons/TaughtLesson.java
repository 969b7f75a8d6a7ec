package org.align4j.examples.lessons;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.terminal.Terminal;

/**
 * A lesson that was taught: at small scale in every build; with {@code -Plessons} at full scale, whose figures docs/lessons.md tells.
 *
 * @param figures what it kept, by name
 * @param said what it printed
 */
record TaughtLesson(Map<String, Double> figures, String said) {
    /** Whether lessons are taught at full scale. */
    static final boolean FULL = Boolean.getBoolean("align4j.lessons");

    private static final String HOME = "align4j.home";

    /** Teaches a lesson and looks at what it says and leaves. */
    static TaughtLesson of(Lesson lesson, Path folder) throws IOException {
        Terminal terminal = Terminal.captured();
        LessonSheet sheet = new LessonSheet(terminal, folder.resolve("lesson"), !FULL);
        Path page;
        System.setProperty(HOME, System.getProperty("align4j.root"));
        try {
            page = sheet.teach(lesson);
        } finally {
            System.clearProperty(HOME);
        }
        String said = terminal.captureOutput().replaceAll("\\s+", " ");
        assertThat(said).contains("Question:", "What the numbers don't tell:", "Exercise:");
        assertThat(Files.readString(page))
                .contains("<svg class=\"chart\"", lesson.title().substring(0, 6))
                .doesNotContain("NaN");
        assertThat(page.resolveSibling("lesson.json")).isNotEmptyFile();
        return new TaughtLesson(sheet.figures(), said);
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
