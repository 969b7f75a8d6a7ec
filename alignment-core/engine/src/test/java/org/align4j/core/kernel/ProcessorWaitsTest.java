package org.align4j.core.kernel;

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

    /** In 4 s thread 7 ran 2 s and waited 0.5 s, thread 6 ran 0.5 s and waited 0.75 s, thread 9 is new, thread 8 has ended. */
    @Test
    void aLookCountsWhatHappenedSinceTheLast() throws IOException {
        thread(6, 1_000_000_000L, 3_000_000_000L);
        thread(7, 5_000_000_000L, 1_000_000_000L);
        thread(8, 9_000_000_000L, 9_000_000_000L);
        ProcessorWaits waits = new ProcessorWaits(tasks, 10_000_000_000L);
        thread(6, 1_500_000_000L, 3_750_000_000L);
        thread(7, 7_000_000_000L, 1_500_000_000L);
        Files.delete(tasks.resolve("8/schedstat"));
        thread(9, 0L, 765_000_000L);
        ProcessorWaits.Measurement look = waits.look(14_000_000_000L);
        assertThat(look.seconds()).isEqualTo(4);
        assertThat(look.ran()).isCloseTo(2.5, within(1e-12));
        assertThat(look.waited()).isCloseTo(2.015, within(1e-12));
        assertThat(look.longestOfBusy()).as("thread 7").isCloseTo(0.5, within(1e-12));
        assertThat(look.longest()).as("thread 6: 9 wanted too little").isCloseTo(0.75, within(1e-12));
        assertThat(waits.look(15_000_000_000L).ran()).isZero();
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
