package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.FourThreads;
import org.align4j.core.cli.train.TrainCommand;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PPO answers, scores and learns on any thread of a Java program, on several at a time too. */
class AnyThreadTest {
    @TempDir
    Path folder;

    private PpoRuns runs;

    @BeforeEach
    void write() throws IOException {
        runs = new PpoRuns(folder);
    }

    private Path train(String name) {
        String yaml = AlignRuns.yaml(runs.words(name, "--max-steps", "2", "--threads", "2"));
        Terminal terminal = Terminal.captured();
        assertThat(new TrainCommand<>(new PpoMethod())
                        .run(OptionsYaml.parse(yaml, "options", PpoOptions.class), terminal))
                .as(terminal.captureLog())
                .isZero();
        return runs.at(name);
    }

    @Tag("long")
    @Test
    void fourThreadsTrainAtOnce() throws Exception {
        FourThreads.assertSameAtOnce(this::train, train("expected"));
    }
}
