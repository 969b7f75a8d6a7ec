package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Native memory over 300 steps of changing lengths, in a JVM of its own: a fixed heap whose pages are all touched at the
 * start, and one malloc arena, as the launcher sets it.
 */
class TrainingMemoryTest {
    private static final long GROWTH = 4L << 20;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void arraysAndResidentMemoryStayFlat(boolean recompute) throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/statm")), "Linux only");
        List<String> lines = run(recompute);
        assertThat(lines).hasSize(4);
        assertThat(number(lines.get(0))).as("live arrays").isGreaterThan(100);
        assertThat(number(lines.get(1))).as("live arrays after step 30").isEqualTo(number(lines.get(0)));
        assertThat(number(lines.get(3)) - number(lines.get(2)))
                .as("growth from step 100 to step 300")
                .isLessThan(GROWTH);
    }

    private List<String> run(boolean recompute) throws IOException, InterruptedException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Path output = folder.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(
                java.toString(),
                "-Xms64m",
                "-Xmx64m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dai.djl.pytorch.graph_optimizer=false",
                "-Dai.djl.pytorch.num_threads=1",
                "-cp",
                classes,
                TrainingMemory.class.getName(),
                Boolean.toString(recompute));
        builder.environment().put("MALLOC_ARENA_MAX", "1");
        Process child = builder.redirectOutput(output.toFile())
                .redirectError(folder.resolve("errors").toFile())
                .start();
        assertThat(child.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue())
                .as(Files.readString(folder.resolve("errors")))
                .isZero();
        return Files.readAllLines(output, StandardCharsets.UTF_8);
    }

    private static long number(String line) {
        return Long.parseLong(line.substring(line.indexOf(' ') + 1));
    }
}
