package org.align4j.core.kernel.busy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Looks over a folder that stands for {@code /proc/self/task}; nanoseconds there, seconds here. */
class ProcessorWaitsTest {
    @TempDir
    Path tasks;

    private void thread(int id, long ran, long waited) throws IOException {
        Path folder = Files.createDirectories(tasks.resolve(Integer.toString(id)));
        Files.writeString(folder.resolve("schedstat"), ran + " " + waited + " 17\n");
    }

    /** Thread 7 ran 2 s and waited 0.5 s between the looks, thread 9 is new, thread 8 has ended. */
    @Test
    void aLookCountsWhatHappenedSinceTheLast() throws IOException {
        thread(7, 5_000_000_000L, 1_000_000_000L);
        thread(8, 9_000_000_000L, 9_000_000_000L);
        ProcessorWaits waits = new ProcessorWaits(tasks);
        thread(7, 7_000_000_000L, 1_500_000_000L);
        Files.delete(tasks.resolve("8/schedstat"));
        thread(9, 250_000_000L, 125_000_000L);
        ProcessorWaits.Look look = waits.look();
        assertThat(look.ran()).isCloseTo(2.25, within(1e-12));
        assertThat(look.waited()).isCloseTo(0.625, within(1e-12));
        assertThat(look.longest()).isCloseTo(0.5, within(1e-12));
        assertThat(look.seconds()).isPositive();
        assertThat(waits.look().ran()).isZero();
    }

    @Test
    void whereNothingIsCountedNothingWaits() throws IOException {
        assertThat(new ProcessorWaits(tasks.resolve("missing")).counted()).isFalse();
        assertThat(new ProcessorWaits(tasks).counted()).isFalse();
        Files.writeString(Files.createDirectory(tasks.resolve("3")).resolve("schedstat"), "none\n");
        ProcessorWaits waits = new ProcessorWaits(tasks);
        assertThat(waits.counted()).isFalse();
        assertThat(waits.look().longest()).isZero();
    }
}
