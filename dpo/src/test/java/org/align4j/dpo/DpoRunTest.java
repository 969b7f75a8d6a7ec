package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.weights.TensorEntry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Laws of whole DPO runs. */
class DpoRunTest {
    @TempDir
    Path folder;

    private Path run(String name, String... more) {
        Path out = folder.resolve(name);
        AlignRuns.align(DpoRuns.dpo(out, more));
        return out;
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"sigmoid", "bco_pair", "aot", "sigmoid,sft"})
    void microBatchesDoNotChangeTheRun(String loss) throws IOException {
        String[] common = {"--loss", loss, "--max-steps", "4"};
        Path whole = run("whole", concat(common, "--micro-batch-tokens", "100000"));
        for (String budget : List.of("1", "90")) {
            Path parts = run("budget" + budget, concat(common, "--micro-batch-tokens", budget));
            List<JsonNode> expected = AlignRuns.steps(whole);
            List<JsonNode> actual = AlignRuns.steps(parts);
            for (int step = 0; step < expected.size(); step++) {
                for (String figure : List.of("loss", "grad_norm", "rewards/margins", "logps/chosen", "entropy")) {
                    double value = expected.get(step).get(figure).asDouble();
                    assertThat(actual.get(step).get(figure).asDouble())
                            .as("%s tokens, step %d %s", budget, step + 1, figure)
                            .isCloseTo(value, within(1e-5 * Math.max(1, Math.abs(value))));
                }
            }
            assertClose(parts, whole, 2e-5);
        }
    }

    @Test
    void layoutsDoNotChangeTheRun() throws IOException {
        Path usual = run("usual", "--max-steps", "4");
        assertClose(run("separate", "--max-steps", "4", "--prefix-sharing", "false"), usual, 2e-5);
        assertClose(run("alone", "--max-steps", "4", "--packing", "false"), usual, 2e-5);
        assertClose(run("recomputed", "--max-steps", "4", "--recompute", "true"), usual, 1e-6);
    }

    private static void assertClose(Path actual, Path expected, double tolerance) {
        Map<String, TensorEntry> own = AlignRuns.product(actual).tensors();
        AlignRuns.product(expected).tensors().forEach((name, tensor) -> {
            float[] right = tensor.floats();
            float[] values = own.get(name).floats();
            for (int i = 0; i < right.length; i++) {
                assertThat((double) values[i]).as("%s[%d]", name, i).isCloseTo(right[i], within(tolerance));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"fp32", "bf16"})
    void twoRunsAreTheSameBitByBit(String dtype) throws IOException {
        Path first = run("first", "--max-steps", "5", "--dtype", dtype, "--lora-dropout", "0.1");
        Path second = run("second", "--max-steps", "5", "--dtype", dtype, "--lora-dropout", "0.1");
        assertSame(second, first);
    }

    /** With a level rate the steps of a longer run begin with those of a shorter one, so a resumed run equals one of its length. */
    @ParameterizedTest
    @ValueSource(strings = {"sigmoid", "bco_pair", "beta_dpo"})
    void aResumedRunIsTheSameBitByBit(String loss) throws IOException {
        String[] common = {
            "--schedule",
            "constant",
            "--save-every",
            "3",
            "--lora-dropout",
            "0.1",
            "--loss",
            loss,
            "--eval-fraction",
            "0.1"
        };
        Path undisturbed = run("undisturbed", concat(common, "--max-steps", "9"));
        Path resumed = run("resumed", concat(common, "--max-steps", "4"));
        AlignRuns.align(List.of("resume", resumed.toString(), "--max-steps", "9"));
        assertThat(AlignRuns.product(resumed).path())
                .hasSameBinaryContentAs(AlignRuns.product(undisturbed).path());
        assertThat(AlignRuns.steps(resumed)).isEqualTo(AlignRuns.steps(undisturbed));
    }

    /** What the variants keep beside the pairs (magnitudes, the start that is taken off) comes back bit by bit too. */
    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"dora", "pissa", "olora", "rslora"})
    void variantsResumeBitByBit(String variant) throws IOException {
        String[] common = {"--schedule", "constant", "--save-every", "2", "--lora-variant", variant};
        Path undisturbed = run("undisturbed", concat(common, "--max-steps", "5"));
        Path resumed = run("resumed", concat(common, "--max-steps", "3"));
        AlignRuns.align(List.of("resume", resumed.toString(), "--max-steps", "5"));
        assertThat(AlignRuns.product(resumed).path())
                .hasSameBinaryContentAs(AlignRuns.product(undisturbed).path());
        assertThat(AlignRuns.steps(resumed)).isEqualTo(AlignRuns.steps(undisturbed));
    }

    /** The adapter folder can be uploaded as it is: it says what it was made from and nothing of this machine. */
    @Test
    void theAdapterHoldsAModelCard() throws IOException {
        Path out = run("carded", "--max-steps", "2", "--eval-fraction", "0.2");
        JsonNode manifest = AlignRuns.json(out.resolve("manifest.json"));
        String card = Files.readString(out.resolve("adapter/README.md"));
        JsonNode rows = manifest.get("rows");
        assertThat(card)
                .startsWith("---\nlibrary_name: peft\npipeline_tag: text-generation\n")
                .contains(
                        "adapter for `llama-a`",
                        "| data | `data.jsonl` |",
                        manifest.at("/hashes/data").asText(),
                        rows.get("read") + " read, " + rows.get("used") + " used, 0 dropped; "
                                + manifest.get("training_rows") + " trained on",
                        "| optimizer steps | 2 |",
                        "| Align4J | " + manifest.get("align4j").asText() + " |",
                        "| loss | ",
                        "align dpo --config config.yaml",
                        "\nmodel: llama-a\n",
                        "\ndata: [data.jsonl]\n",
                        "\neval-fraction: 0.2\n",
                        "`license:`")
                .containsPattern("\\| eval_rewards/accuracies \\| [0-9.]+ \\(95 % interval [0-9.]+ to [0-9.]+, "
                        + manifest.get("evaluation_rows") + " rows\\) \\|")
                .doesNotContain(folder.toString(), Path.of("").toAbsolutePath().toString(), "tokens_per_second");
        // AutoPeftModelForCausalLM finds the base by it.
        Path base = Path.of(AlignRuns.json(out.resolve("adapter/adapter_config.json"))
                .get("base_model_name_or_path")
                .asText());
        assertThat(base.resolve("config.json")).exists();
        assertThat(base.toAbsolutePath())
                .isEqualTo(Path.of(manifest.get("model").asText()));
    }

    private static void assertSame(Path actual, Path expected) throws IOException {
        assertThat(AlignRuns.metrics(actual)).isEqualTo(AlignRuns.metrics(expected));
        assertThat(AlignRuns.product(actual).path())
                .hasSameBinaryContentAs(AlignRuns.product(expected).path());
    }

    @Test
    void withoutAMaxLengthTheModelsLimitHolds() throws IOException {
        Path out = run("short", "--max-length", "auto", "--max-steps", "1");
        assertThat(out.resolve("config.yaml")).content().contains("max-length: 128");
    }

    /** Eight pairs, 40 steps: the margin starts at 0 and ends above 5 with every pair right. */
    @Test
    void oneBatchIsLearntByHeart() throws IOException {
        Path pairs = folder.resolve("eight.jsonl");
        Files.write(pairs, Files.readAllLines(DpoRuns.PAIRS).subList(0, 8));
        Path out = run(
                "learnt",
                "--data",
                pairs.toString(),
                "--epochs",
                "40",
                "--learning-rate",
                "5e-3",
                "--save-every",
                "40");
        List<JsonNode> steps = AlignRuns.steps(out);
        assertThat(steps).hasSize(40);
        assertThat(steps.get(0).get("loss").asDouble()).isCloseTo(Math.log(2), within(1e-12));
        assertThat(steps.get(0).get("rewards/margins").asDouble()).isZero();
        JsonNode last = steps.get(39);
        assertThat(last.get("rewards/margins").asDouble()).isGreaterThan(5);
        assertThat(last.get("rewards/accuracies").asDouble()).isEqualTo(1);
        assertThat(last.get("loss").asDouble()).isLessThan(0.05);
    }

    private static String[] concat(String[] words, String... more) {
        String[] all = java.util.Arrays.copyOf(words, words.length + more.length);
        System.arraycopy(more, 0, all, words.length, more.length);
        return all;
    }
}
