package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.kernel.MeasuredProcess;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Native memory over 300 steps of changing lengths. */
class TrainingMemoryTest {
    private static final long GROWTH = 4L << 20;

    @TempDir
    Path folder;

    @Tag("long")
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void arraysAndResidentMemoryStayFlat(boolean recompute) throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/statm")), "Linux only");
        List<String> lines = MeasuredProcess.lines(folder, TrainingMemory.class, Boolean.toString(recompute));
        assertThat(lines).hasSize(4);
        assertThat(number(lines.get(0))).as("live arrays").isGreaterThan(100);
        assertThat(number(lines.get(1))).as("live arrays after step 30").isEqualTo(number(lines.get(0)));
        assertThat(number(lines.get(3)) - number(lines.get(2)))
                .as("growth from step 100 to step 300")
                .isLessThan(GROWTH);
    }

    private static long number(String line) {
        return Long.parseLong(line.substring(line.indexOf(' ') + 1));
    }
}
