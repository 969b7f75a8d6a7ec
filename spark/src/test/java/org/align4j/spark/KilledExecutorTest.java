package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.run.RunEvent;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Executors that are killed in the middle of steps: others take their slices, and the run is the undisturbed one, byte for byte. */
class KilledExecutorTest {
    private static final String TWO = "local-cluster[2,1,1024]";

    @TempDir
    Path folder;

    @Tag("long")
    @Test
    void aKillInTheMiddleOfAStepChangesNothing() throws IOException {
        assertKillsChangeNothing(1, 4);
    }

    @Test
    @EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
    void sixteenKillsAtRandomMomentsChangeNothing() throws IOException {
        assertKillsChangeNothing(16, 60);
    }

    @Test
    @EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
    void killsInStepsOfPpoChangeNothing() throws IOException {
        assertKillsChangeNothing(TinyRuns::ppo, 4, 16);
    }

    /** An executor is killed once it computes: Spark gives its batches to another one. */
    @Test
    @EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
    void aKillWhileAnswersAreMadeChangesNothing() throws Exception {
        Path plain = folder.resolve("plain");
        AlignRuns.align(TinyRuns.generate(plain, "--samples", "64"));
        Path killed = folder.resolve("killed");
        try (JavaProcess driver = JavaProcess.start(
                folder.resolve("log"),
                Align.class.getName(),
                TinyRuns.generate(killed, "--samples", "64", "--cluster", TWO))) {
            Executors executors = new Executors(driver.process().toHandle());
            driver.await(said -> executors.list().stream().anyMatch(KilledExecutorTest::computes));
            executors.list().stream()
                    .filter(KilledExecutorTest::computes)
                    .findFirst()
                    .orElseThrow()
                    .destroyForcibly();
            assertThat(driver.end()).as(driver.said()).isZero();
            assertThat(driver.said()).containsPattern("Executor \\d+ on .* is gone ");
        }
        assertThat(killed).hasSameBinaryContentAs(plain);
    }

    /** An executor that has libtorch in memory has opened the model, or is about to. */
    private static boolean computes(ProcessHandle executor) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(executor.pid()), "maps"))
                    .contains("libtorch_cpu");
        } catch (IOException ended) {
            return false;
        }
    }

    private void assertKillsChangeNothing(int kills, int steps) throws IOException {
        assertKillsChangeNothing(TinyRuns::dpo, kills, steps);
    }

    private void assertKillsChangeNothing(TinyRuns.Words words, int kills, int steps) throws IOException {
        String[] length = {"--max-steps", Integer.toString(steps)};
        Path plain = folder.resolve("plain");
        AlignRuns.align(words.of(plain, length));
        Path killed = folder.resolve("killed");
        Killer killer = new Killer(kills, new Random(5));
        TinyRuns.train(words.of(killed, AlignRuns.concat(length, "--cluster", TWO)), killer);
        assertThat(killer.done).hasValue(kills);
        assertThat(killer.notes.stream().filter(note -> note.matches("Executor \\d+ on .* is gone .*")))
                .hasSizeGreaterThanOrEqualTo(1);
        AlignRuns.assertSame(killed, plain);
    }

    /** Kills an executor a random while after a step has ended, as long as there are kills left. */
    private static final class Killer implements Consumer<RunEvent> {
        private final List<String> notes = new CopyOnWriteArrayList<>();
        private final AtomicInteger done = new AtomicInteger();
        private final int kills;
        private final Random random;

        Killer(int kills, Random random) {
            this.kills = kills;
            this.random = random;
        }

        @Override
        public void accept(RunEvent event) {
            if (event instanceof RunEvent.Progress note) {
                notes.add(note.label());
            }
            long wait = random.nextInt(60);
            if (done.get() < kills && event instanceof RunEvent.Step) {
                Thread killer = new Thread(() -> kill(wait), "killer");
                killer.start();
            }
        }

        private synchronized void kill(long wait) {
            try {
                Thread.sleep(wait);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            if (done.get() < kills && Executors.own().kill(random)) {
                done.incrementAndGet();
            }
        }
    }
}
