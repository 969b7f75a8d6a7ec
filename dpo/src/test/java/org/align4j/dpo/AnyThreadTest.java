package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.FourThreads;
import org.align4j.core.cli.train.TrainCommand;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Java program trains on whichever of its threads it likes, on several at a time too, and gets the same run. */
class AnyThreadTest {
    @TempDir
    Path folder;

    /** Trains on the thread that calls; {@code more} are further options. */
    private Path train(String name, String... more) {
        Path out = folder.resolve(name);
        String[] usual = AlignRuns.concat(
                new String[] {"--max-steps", "2", "--eval-fraction", "0.2", "--samples", "0", "--dtype", "bf16"}, more);
        String yaml = AlignRuns.yaml(DpoRuns.dpo(out, usual));
        Terminal terminal = Terminal.captured();
        assertThat(new TrainCommand<>(new DpoMethod())
                        .run(OptionsYaml.parse(yaml, "options", DpoOptions.class), terminal))
                .as(terminal.captureLog())
                .isZero();
        return out;
    }

    @Tag("long")
    @Test
    void fourThreadsTrainOneAfterAnotherAndAtOnce() throws Exception {
        FourThreads.assertSameRuns(name -> train(name, "--threads", "1"));
    }

    @Test
    void threadsThatTakeForwardsSideBySideDoNotDisturbEachOther() throws Exception {
        String[] options = {"--threads", "2", "--micro-batch-tokens", "64", "--lora-dropout", "0.1"};
        FourThreads.assertSameAtOnce(name -> train(name, options), train("expected", options));
    }

    @Tag("long")
    @Test
    void everyWeightTrainsOnAnyThread() throws Exception {
        String[] options = {"--threads", "2", "--method", "full", "--learning-rate", "1e-4"};
        FourThreads.assertSameAtOnce(name -> train(name, options), train("expected", options));
    }

    @Test
    void oneThreadTrainsWithOneNumberOfThreadsAfterAnother() throws Exception {
        String[] full = {"--threads", "2", "--method", "full", "--learning-rate", "1e-4"};
        Path one = train("one", "--threads", "1", "--micro-batch-tokens", "64");
        Path all = train("all", full);
        AlignRuns.assertSame(train("two", "--threads", "2", "--micro-batch-tokens", "64"), one);
        AlignRuns.assertSame(train("all-again", full), all);
    }
}
