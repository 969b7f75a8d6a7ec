package org.align4j.examples.lessons;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
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

    /** docs/lessons.md has the shares of the recorded run with all their digits. */
    @Test
    void thePageHasTheSharesThatWereRecorded() throws IOException {
        Path docs = Path.of(System.getProperty("align4j.root"), "docs");
        String recorded = Files.readString(docs.resolve("lessons/20.json"));
        String row = Files.readString(docs.resolve("lessons.md"))
                .lines()
                .filter(line -> line.startsWith("| 20 Can"))
                .findFirst()
                .orElseThrow();
        for (String share : List.of("calling, before", "calling, after", "right, before", "right, after")) {
            MatchResult percent = Pattern.compile(share + " +([0-9.]+?)\\.?0* \\|")
                    .matcher(recorded)
                    .results()
                    .findFirst()
                    .orElseThrow();
            assertThat(row).as(share).containsPattern("\\b" + Pattern.quote(percent.group(1)) + " %");
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
