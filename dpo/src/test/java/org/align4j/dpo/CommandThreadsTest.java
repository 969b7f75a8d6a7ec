package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.TrainCommand;
import org.align4j.core.kernel.Engine;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A command that a Java program calls takes its threads as the command line does, whatever ran in the process before. */
class CommandThreadsTest {
    @TempDir
    Path folder;

    private static JsonNode bench(String... more) throws IOException {
        String[] usual = {
            "--model", DpoRuns.MODEL.toString(),
            "--data", DpoRuns.PAIRS.toString(),
            "--dtype", "fp32",
            "--device", "cpu",
            "--max-length", "64",
            "--batch-size", "16",
            "--plan", "true"
        };
        String yaml = AlignRuns.yaml(AlignRuns.words("bench", usual, more));
        Terminal terminal = Terminal.captured();
        new BenchCommand().run(OptionsYaml.parse(yaml, "options", BenchCommand.Options.class), terminal);
        return new ObjectMapper().readTree(terminal.captureOutput());
    }

    /** Forwards go side by side with 2 to 4 threads and 4 rows for each; else the threads are those of every kernel. */
    @ParameterizedTest
    @CsvSource({"lora, 1, 1", "lora, 3, 3", "lora, 8, 1", "full, 3, 1", "lora, 2, 2"})
    void theThreadsThatAreAskedForTakeForwardsSideBySide(String method, int threads, int sideBySide)
            throws IOException {
        JsonNode plan = bench("--method", method, "--threads", String.valueOf(threads));
        assertThat(plan.findValue("threads").asInt()).isEqualTo(threads);
        assertThat(plan.findValue("forwards_side_by_side").asInt()).isEqualTo(sideBySide);
    }

    @Test
    void aRunRecordsTheThreadsItHad() throws IOException {
        for (String asked : new String[] {"3", "auto"}) {
            Path out = folder.resolve("threads-" + asked);
            String yaml = AlignRuns.yaml(DpoRuns.dpo(out, "--max-steps", "1", "--samples", "0", "--threads", asked));
            new TrainCommand<>(new DpoMethod())
                    .run(OptionsYaml.parse(yaml, "options", DpoOptions.class), Terminal.captured());
            int settled = asked.equals("auto") ? Engine.usualThreads() : 3;
            assertThat(AlignRuns.json(out.resolve("manifest.json"))
                            .get("threads")
                            .asInt())
                    .isEqualTo(settled);
            assertThat(Files.readString(out.resolve("config.yaml"))).contains("threads: " + settled + "\n");
        }
    }
}
