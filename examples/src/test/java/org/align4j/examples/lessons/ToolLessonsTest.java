package org.align4j.examples.lessons;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.examples.lessons.tools.AskATable;
import org.align4j.examples.lessons.tools.UseOfATool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lessons 20 and 21, at small scale in every build, and with {@code -Plessons} at full scale. */
class ToolLessonsTest {
    @TempDir
    Path folder;

    @Test
    void useOfATool() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new UseOfATool(), folder);
        assertThat(taught.said()).contains("Its tool is", "reward");
        if (TaughtLesson.FULL) {
            taught.near("right/before", 0.145, 0.05);
            taught.near("right/after", 0.965, 0.1);
        } else {
            assertThat(taught.figure("calling/before")).isBetween(0.0, 1.0);
        }
    }

    @Test
    void askATable() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new AskATable(), folder);
        if (TaughtLesson.FULL) {
            taught.near("right/before", 0.15, 0.05);
            taught.near("right/after", 0.975, 0.1);
        } else {
            assertThat(taught.figure("right/before")).isBetween(0.0, 1.0);
        }
    }
}
