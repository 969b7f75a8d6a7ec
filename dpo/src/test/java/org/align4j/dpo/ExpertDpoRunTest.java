package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.align4j.core.weights.TensorEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DPO of tiny mixtures of experts, LoRA on every linear layer, the experts' included. */
class ExpertDpoRunTest {
    private static final Path FAMILIES =
            Path.of("..", "alignment-core", "src", "test", "resources", "reference", "families");
    private static final int VOCABULARY = 170;

    @TempDir
    Path folder;

    private static String ids(Random random, int count) {
        return Arrays.toString(random.ints(count, 3, VOCABULARY).toArray());
    }

    private Path pairs() throws IOException {
        Random random = new Random(4);
        List<String> rows = IntStream.range(0, 24)
                .mapToObj(i -> "{\"prompt_ids\": " + ids(random, 2 + i % 7) + ", \"chosen_ids\": "
                        + ids(random, 1 + i % 9) + ", \"rejected_ids\": " + ids(random, 1 + i % 5) + "}")
                .toList();
        return Files.write(folder.resolve("pairs.jsonl"), rows);
    }

    private Path run(String name, String model, String dtype, String... more) throws IOException {
        Path out = folder.resolve(name);
        String[] common = {
            "--model",
            FAMILIES.resolve(model).toString(),
            "--data",
            pairs().toString(),
            "--dtype",
            dtype,
            "--schedule",
            "constant"
        };
        String[] words = Arrays.copyOf(common, common.length + more.length);
        System.arraycopy(more, 0, words, common.length, more.length);
        DpoRuns.align(DpoRuns.dpo(out, words));
        return out;
    }

    @ParameterizedTest
    @CsvSource({"mixtral,fp32", "mixtral,bf16", "deepseek-v3,fp32", "deepseek-v3,bf16"})
    void startsAtTheReferenceAndResumesBitByBit(String model, String dtype) throws IOException {
        Path undisturbed = run("undisturbed", model, dtype, "--max-steps", "4", "--lora-dropout", "0.1");
        List<JsonNode> steps = DpoRuns.steps(undisturbed);
        assertThat(steps.get(0).get("loss").asDouble()).isCloseTo(Math.log(2), within(1e-12));
        assertThat(steps.get(0).get("rewards/margins").asDouble()).isZero();
        assertThat(steps.get(3).get("rewards/margins").asDouble()).isNotZero();
        Path resumed = run("resumed", model, dtype, "--max-steps", "2", "--save-every", "2", "--lora-dropout", "0.1");
        DpoRuns.align(List.of("resume", resumed.toString(), "--max-steps", "4"));
        assertThat(DpoRuns.product(resumed).path())
                .hasSameBinaryContentAs(DpoRuns.product(undisturbed).path());
        assertThat(DpoRuns.steps(resumed)).isEqualTo(steps);
    }

    @Test
    void everyExpertHasAPairUnderItsOwnName() throws IOException {
        Path run = run("run", "mixtral", "fp32", "--max-steps", "2");
        for (int layer = 0; layer < 3; layer++) {
            for (int expert = 0; expert < 4; expert++) {
                for (String part : List.of("w1", "w2", "w3")) {
                    String name = "base_model.model.model.layers." + layer + ".block_sparse_moe.experts." + expert + "."
                            + part + ".lora_B.weight";
                    TensorEntry entry = DpoRuns.product(run).tensors().get(name);
                    assertThat(entry).as(name).isNotNull();
                }
            }
        }
    }

    /** Recomputation and the size of micro-batches change rounding only. */
    @Test
    void theWayOfComputingDoesNotChangeTheRun() throws IOException {
        Path usual = run("usual", "mixtral", "fp32", "--max-steps", "3", "--batch-size", "12");
        Path other = run(
                "other",
                "mixtral",
                "fp32",
                "--max-steps",
                "3",
                "--batch-size",
                "12",
                "--recompute",
                "true",
                "--micro-batch-tokens",
                "40");
        List<JsonNode> expected = DpoRuns.steps(usual);
        List<JsonNode> actual = DpoRuns.steps(other);
        for (int step = 0; step < expected.size(); step++) {
            for (String figure : List.of("loss", "grad_norm", "logps/chosen")) {
                double value = expected.get(step).get(figure).asDouble();
                assertThat(actual.get(step).get(figure).asDouble())
                        .as("step %d %s", step + 1, figure)
                        .isCloseTo(value, within(1e-4 * Math.max(1, Math.abs(value))));
            }
        }
    }
}
