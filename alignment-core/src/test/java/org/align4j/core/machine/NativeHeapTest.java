package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class NativeHeapTest {
    private static final int BLOCKS = 2048;
    private static final int FLOATS = 1 << 14;
    private static final long HALF = (long) BLOCKS / 2 * FLOATS * Float.BYTES;

    /** Every other one of many small blocks is freed, so that the C library holds the pages between those that stay. */
    @Test
    void whatLiesBetweenBlocksInUseGoesBack() {
        Assumptions.assumeTrue(NativeHeap.isGoverned(), "glibc only");
        try (Scope scope = Engine.cpu().open()) {
            List<NDArray> blocks = new ArrayList<>();
            for (int i = 0; i < BLOCKS; i++) {
                blocks.add(scope.zeros(FLOATS).addi(1));
            }
            long before = resident();
            for (int i = 0; i < BLOCKS; i += 2) {
                blocks.get(i).close();
            }
            NativeHeap.trim();
            assertThat(before - resident()).isGreaterThan(HALF / 2);
            assertThat(blocks.get(1).sum().getFloat()).isEqualTo(FLOATS);
        }
    }

    /** In a process of its own, whose heap has no free block that is as large. */
    @Test
    void aLargeBlockGoesBackWhenItIsFreed() throws IOException, InterruptedException {
        Assumptions.assumeTrue(NativeHeap.isGoverned(), "glibc only");
        assertThat(returned(true)).isGreaterThan(12L << 20);
        assertThat(returned(false)).isLessThan(4L << 20);
    }

    private static long returned(boolean asked) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms32m",
                "-Xmx32m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dai.djl.pytorch.graph_optimizer=false",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                LargeBlock.class.getName(),
                Boolean.toString(asked));
        Process child = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor()).isZero();
        return Long.parseLong(output.strip().lines().reduce("", (before, line) -> line));
    }

    private static long resident() {
        return Memory.current().resident().orElseThrow();
    }
}
