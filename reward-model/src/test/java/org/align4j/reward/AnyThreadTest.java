package org.align4j.reward;

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

/** Reward models train on any thread of a Java program, on several at a time too. */
class AnyThreadTest {
    @TempDir
    Path folder;

    private Path train(String name) {
        Path out = folder.resolve(name);
        String yaml = AlignRuns.yaml(
                RewardRuns.reward(out, "--max-steps", "2", "--report", "false", "--batch-size", "8", "--threads", "2"));
        Terminal terminal = Terminal.captured();
        assertThat(new TrainCommand<>(new RewardMethod())
                        .run(OptionsYaml.parse(yaml, "options", RewardOptions.class), terminal))
                .as(terminal.captureLog())
                .isZero();
        return out;
    }

    @Tag("long")
    @Test
    void fourThreadsTrainAtOnce() throws Exception {
        FourThreads.assertSameAtOnce(this::train, train("expected"));
    }
}
