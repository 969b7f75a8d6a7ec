package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.run.RunEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** An executor that is frozen by SIGSTOP in a step is replaced after the timeout and a heartbeat, and the run is the undisturbed one. */
@EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
class FrozenExecutorTest {
    private static final int TIMEOUT = 12;
    private static final int HEARTBEAT = TIMEOUT / 6;

    /** Until Spark's worker, which asks by SIGTERM first, has killed it, and another has opened the model. */
    private static final int REPLACEMENT = 30;

    @TempDir
    Path folder;

    @Test
    void itIsReplacedAndTheRunIsTheUndisturbedOne() throws IOException {
        Path plain = folder.resolve("plain");
        AlignRuns.align(TinyRuns.dpo(plain, "--max-steps", "6"));
        Path run = folder.resolve("run");
        Freezer freezer = new Freezer();
        TinyRuns.train(
                TinyRuns.dpo(
                        run,
                        "--max-steps",
                        "6",
                        "--cluster",
                        "local-cluster[2,1,1024]",
                        "--cluster-timeout",
                        Integer.toString(TIMEOUT)),
                freezer);
        assertThat(freezer.notes).anyMatch(note -> note.contains("heartbeat timed out"));
        assertThat(freezer.longest())
                .isBetween(
                        Duration.ofSeconds(TIMEOUT - HEARTBEAT),
                        Duration.ofSeconds(TIMEOUT + 2 * HEARTBEAT + REPLACEMENT));
        AlignRuns.assertSame(run, plain);
    }

    /** Freezes an executor after the third step. */
    private static final class Freezer implements Consumer<RunEvent> {
        private final List<String> notes = new CopyOnWriteArrayList<>();
        private final List<Long> steps = new CopyOnWriteArrayList<>();

        @Override
        public void accept(RunEvent event) {
            if (event instanceof RunEvent.Progress note) {
                notes.add(note.label());
            }
            if (event instanceof RunEvent.Step || event instanceof RunEvent.Evaluated) {
                steps.add(System.nanoTime());
            }
            if (event instanceof RunEvent.Step step && step.step() == 3) {
                try {
                    Executors.freeze(Executors.own().list().get(0));
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        /** The longest time between two steps. */
        Duration longest() {
            long longest = 0;
            for (int i = 1; i < steps.size(); i++) {
                longest = Math.max(longest, steps.get(i) - steps.get(i - 1));
            }
            return Duration.ofNanos(longest);
        }
    }
}
