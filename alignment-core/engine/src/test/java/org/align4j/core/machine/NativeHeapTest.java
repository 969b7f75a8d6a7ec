package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.MeasuredProcess;
import org.align4j.core.kernel.Scope;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeHeapTest {
    private static final int BLOCKS = 2048;
    private static final int FLOATS = 1 << 14;
    private static final long HALF = (long) BLOCKS / 2 * FLOATS * Float.BYTES;

    @TempDir
    Path folder;

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

    private long returned(boolean asked) throws IOException, InterruptedException {
        List<String> lines = MeasuredProcess.lines(folder, LargeBlock.class, Boolean.toString(asked));
        return Long.parseLong(lines.get(lines.size() - 1));
    }

    private static long resident() {
        return Memory.current().resident().orElseThrow();
    }
}
