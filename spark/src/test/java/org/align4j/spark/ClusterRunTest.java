package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose forwards executors take are those of one machine with the same slices, byte for byte. */
class ClusterRunTest {
    private static final Path TRACES = Path.of("..", "dpo", "src", "test", "resources", "reference", "traces");

    @TempDir
    Path folder;

    @Test
    void dpoOnOneAndOnTwoExecutorsIsThatOfThisMachine() throws IOException {
        Path plain = dpo("plain");
        assertEqual(plain, dpo("one", "--cluster", "local-cluster[1,2,1024]")); // two tasks side by side
        assertEqual(plain, dpo("two", "--cluster", "local-cluster[2,1,1024]"));
    }

    @Test
    void aLossOfTheWholeBatchThatRemembersIsThatOfThisMachine() throws IOException {
        String[] loss = {"--loss", "beta_dpo", "--lora-dropout", "0.1"};
        assertEqual(dpo("plain", loss), dpo("two", with(loss, "--cluster", "local-cluster[2,1,1024]")));
    }

    private Path dpo(String name, String... more) {
        Path out = folder.resolve(name);
        String[] usual = {
            "--model", TRACES.resolve("models").resolve("llama-a").toString(),
            "--data",
                    TRACES.resolve("dpo_sigmoid_lora_b4").resolve("data.jsonl").toString(),
            "--out", out.toString(),
            "--dtype", "fp32",
            "--device", "cpu",
            "--threads", "1",
            "--max-length", "64",
            "--batch-size", "8",
            "--micro-batch-tokens", "48",
            "--gradient-slices", "4",
            "--lora-rank", "4",
            "--learning-rate", "2e-3",
            "--max-steps", "3",
            "--eval-fraction", "0.1",
            "--reference-cache", "off",
            "--report", "false"
        };
        AlignRuns.align(AlignRuns.words("dpo", usual, more));
        return out;
    }

    private static String[] with(String[] some, String... more) {
        return Stream.concat(Stream.of(some), Stream.of(more)).toArray(String[]::new);
    }

    private static void assertEqual(Path plain, Path other) throws IOException {
        assertThat(AlignRuns.metrics(other)).isEqualTo(AlignRuns.metrics(plain));
        for (String product : List.of("adapter/adapter_model.safetensors", "adapter/adapter_config.json")) {
            assertThat(Files.readAllBytes(other.resolve(product)))
                    .as(product)
                    .isEqualTo(Files.readAllBytes(plain.resolve(product)));
        }
    }
}
