package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.align4j.core.cli.Terminal;
import org.align4j.core.cli.options.OptionsYaml;
import org.align4j.core.train.command.AlignRuns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Java program trains on whichever of its threads it likes, on several at a time too, and gets the same run. */
class AnyThreadTest {
    private static final int THREADS = 4;

    @TempDir
    Path folder;

    /** Its threads are new in each test: none has met the engine before. */
    private ExecutorService threads;

    @BeforeEach
    void start() {
        threads = Executors.newFixedThreadPool(THREADS);
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    /** Trains on the thread that calls; {@code more} are further options. */
    private Path train(String name, String... more) {
        Path out = folder.resolve(name);
        String[] usual = AlignRuns.concat(
                new String[] {"--max-steps", "3", "--eval-fraction", "0.2", "--samples", "2", "--dtype", "bf16"}, more);
        String yaml = AlignRuns.yaml(DpoRuns.dpo(out, usual));
        Terminal terminal = Terminal.captured();
        assertThat(new DpoCommand().run(OptionsYaml.parse(yaml, "options", DpoOptions.class), terminal))
                .as(terminal.captureLog())
                .isZero();
        return out;
    }

    private void assertSameOnFourThreads(String... options) throws Exception {
        Path expected = train("main", options);
        for (int i = 0; i < THREADS; i++) {
            String name = "alone-" + i;
            ExecutorService one = Executors.newSingleThreadExecutor();
            try {
                AlignRuns.assertSame(one.submit(() -> train(name, options)).get(), expected);
            } finally {
                one.shutdownNow();
            }
        }
        List<Callable<Path>> runs = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            String name = "together-" + i;
            runs.add(() -> train(name, options));
        }
        for (Future<Path> run : threads.invokeAll(runs)) {
            AlignRuns.assertSame(run.get(), expected);
        }
    }

    @Test
    void fourThreadsTrainOneAfterAnotherAndAtOnce() throws Exception {
        assertSameOnFourThreads("--threads", "1");
    }

    @Test
    void threadsThatTakeForwardsSideBySideDoNotDisturbEachOther() throws Exception {
        assertSameOnFourThreads("--threads", "2", "--micro-batch-tokens", "64", "--lora-dropout", "0.1");
    }

    @Test
    void everyWeightTrainsOnAnyThread() throws Exception {
        assertSameOnFourThreads("--threads", "2", "--method", "full", "--learning-rate", "1e-4");
    }

    @Test
    void oneThreadTrainsWithOneNumberOfThreadsAfterAnother() throws Exception {
        Path one = train("one", "--threads", "1", "--micro-batch-tokens", "64");
        Path full = train("full", "--threads", "2", "--method", "full", "--learning-rate", "1e-4");
        AlignRuns.assertSame(train("two", "--threads", "2", "--micro-batch-tokens", "64"), one);
        AlignRuns.assertSame(train("again", "--threads", "2", "--method", "full", "--learning-rate", "1e-4"), full);
    }
}
