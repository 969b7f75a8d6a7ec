package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.files.Trials;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.TensorEntry;
import org.align4j.dpo.loss.LossKind;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs whose reference follows the policy (TR-DPO): {@code --reference-sync-steps} and {@code --reference-mixup}. */
class TrDpoTest {
    private static final Path JUDGED = DpoRuns.TRACES.resolve("kto_lora").resolve("data.jsonl");
    private static final Path ADAPTER =
            DpoRuns.TRACES.resolve("dpo_robust_lora_trained_adapter").resolve("adapter_init");

    @TempDir
    Path folder;

    private Path run(String name, String options) {
        Path out = folder.resolve(name);
        AlignRuns.align(DpoRuns.dpo(out, options.strip().split("\\s+")));
        return out;
    }

    private static String rows(String loss) {
        return LossKind.parse(loss).isUnpaired() ? " --loss " + loss + " --data " + JUDGED : " --loss " + loss;
    }

    private static Map<String, TensorEntry> tensors(Path run, int step, String file) {
        return SafetensorsFile.open(run.resolve("checkpoints")
                        .resolve("step-%06d".formatted(step))
                        .resolve(file))
                .tensors();
    }

    /** Reference and policy after each of four steps: it stays on odd steps and is mixed on even ones, each tensor exactly. */
    @ParameterizedTest
    @CsvSource({"lora,fp32", "lora,bf16", "full,fp32"})
    void afterEverySecondStepTheReferenceIsTheFormula(String method, String dtype) {
        Path run = run(
                "run",
                "--reference-sync-steps 2 --reference-mixup 0.3 --max-steps 4 --save-every 1 --keep 9 --method "
                        + method + " --dtype " + dtype);
        String weights = method.equals("full") ? "weights.safetensors" : "adapter/adapter_model.safetensors";
        for (int step = 2; step <= 4; step++) {
            Map<String, TensorEntry> before = tensors(run, step - 1, "reference.safetensors");
            Map<String, TensorEntry> after = tensors(run, step, "reference.safetensors");
            Map<String, TensorEntry> policy = tensors(run, step, weights);
            assertThat(after.keySet()).isEqualTo(policy.keySet());
            for (String name : after.keySet()) {
                float[] expected = before.get(name).floats();
                float[] own = policy.get(name).floats();
                for (int i = 0; i < own.length && step % 2 == 0; i++) {
                    expected[i] = (float) (1 - 0.3) * expected[i] + (float) 0.3 * own[i];
                }
                assertThat(after.get(name).floats())
                        .as("step %s, %s", step, name)
                        .isEqualTo(expected);
            }
        }
    }

    private static List<String> movedAtEveryStep() {
        return Trials.of(
                List.of(
                        "sigmoid,lora,fp32",
                        "sigmoid,lora,bf16",
                        "sigmoid,full,fp32",
                        "sigmoid,full,bf16",
                        "kto,lora,fp32",
                        "kto,lora,bf16",
                        "bco_pair,lora,bf16",
                        "tdpo,lora,bf16",
                        "tdpo,lora,fp32"),
                5);
    }

    /** With the reference set to the policy after each step, every log-ratio is exactly 0, in evaluation too. */
    @Tag("long")
    @ParameterizedTest
    @MethodSource("movedAtEveryStep")
    void aReferenceThatIsThePolicyGivesLogRatiosOfZero(String setting) throws IOException {
        String[] words = setting.split(",");
        Path run = run(
                "run",
                "--reference-sync-steps 1 --reference-mixup 1 --max-steps 3 --eval-fraction 0.2 --eval-every 1"
                        + " --micro-batch-tokens 90 --method " + words[1] + " --dtype " + words[2] + rows(words[0]));
        for (JsonNode line : AlignRuns.metrics(run)) {
            String prefix = line.has("loss") ? "" : "eval_";
            assertThat(line.get(prefix + "rewards/chosen").asDouble())
                    .as(line.toString())
                    .isZero();
            assertThat(line.get(prefix + "rewards/rejected").asDouble())
                    .as(line.toString())
                    .isZero();
        }
        List<JsonNode> steps = AlignRuns.steps(run);
        assertThat(steps).hasSize(3);
        assertThat(steps.get(2).get("logps/chosen").asDouble())
                .isNotEqualTo(steps.get(0).get("logps/chosen").asDouble());
    }

    @Test
    void theFirstStepsAreThoseOfAReferenceThatStays() throws IOException {
        List<JsonNode> stays = AlignRuns.steps(run("stays", "--max-steps 4"));
        List<JsonNode> moves = AlignRuns.steps(run("moves", "--max-steps 4 --reference-sync-steps 2"));
        assertThat(moves.get(0).get("loss").asDouble()).isCloseTo(Math.log(2), within(1e-12));
        assertThat(moves.subList(0, 2)).isEqualTo(stays.subList(0, 2));
        assertThat(moves.get(2).get("rewards/margins").asDouble())
                .isNotEqualTo(stays.get(2).get("rewards/margins").asDouble());
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"sigmoid", "bco_pair", "bco", "kto", "tdpo"})
    void aResumedRunIsTheSameBitByBit(String loss) throws IOException {
        String common = "--schedule constant --save-every 3 --lora-dropout 0.1 --eval-fraction 0.1 --eval-every 3"
                + " --reference-sync-steps 3 --dtype bf16" + rows(loss);
        Path undisturbed = run("undisturbed", common + " --max-steps 7");
        Path resumed = run("resumed", common + " --max-steps 4");
        AlignRuns.align(List.of("resume", resumed.toString(), "--max-steps", "7"));
        assertThat(AlignRuns.steps(resumed)).isEqualTo(AlignRuns.steps(undisturbed));
        assertThat(AlignRuns.product(resumed).path())
                .hasSameBinaryContentAs(AlignRuns.product(undisturbed).path());
        String reference = "checkpoints/step-000007/reference.safetensors";
        assertThat(resumed.resolve(reference)).hasSameBinaryContentAs(undisturbed.resolve(reference));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sigmoid", "bco_pair", "kto"})
    void microBatchesDoNotChangeTheRun(String loss) throws IOException {
        String common = "--reference-sync-steps 2 --max-steps 4" + rows(loss) + " --micro-batch-tokens ";
        List<JsonNode> whole = AlignRuns.steps(run("whole", common + "100000"));
        List<JsonNode> parts = AlignRuns.steps(run("parts", common + "90"));
        for (int step = 0; step < whole.size(); step++) {
            for (String figure : List.of("loss", "grad_norm", "rewards/margins")) {
                assertThat(parts.get(step).get(figure).asDouble())
                        .as("step %d %s", step + 1, figure)
                        .isCloseTo(whole.get(step).get(figure).asDouble(), within(1e-5));
            }
        }
    }

    /** The starting adapter as the reference starts with log-ratios of 0; the base without it does not. */
    @Test
    void aStartingAdapterMayBeTheReferenceOrNot() throws IOException {
        String common = "--max-steps 3 --reference-sync-steps 2 --adapter " + ADAPTER;
        Path adapter = folder.resolve("adapter");
        Path base = folder.resolve("base");
        AlignRuns.align(withoutRank(adapter, common));
        AlignRuns.align(withoutRank(base, common + " --reference base"));
        assertThat(AlignRuns.steps(adapter).get(0).get("rewards/chosen").asDouble())
                .isZero();
        assertThat(AlignRuns.steps(base).get(0).get("rewards/chosen").asDouble())
                .isNotZero();
        Path stays = folder.resolve("stays");
        AlignRuns.align(withoutRank(stays, "--max-steps 3 --reference base --adapter " + ADAPTER));
        assertThat(AlignRuns.steps(base).subList(0, 2))
                .isEqualTo(AlignRuns.steps(stays).subList(0, 2));
    }

    private static List<String> withoutRank(Path out, String options) {
        List<String> words = new ArrayList<>(DpoRuns.dpo(out, options.split("\\s+")));
        int rank = words.indexOf("--lora-rank");
        words.subList(rank, rank + 2).clear();
        return words;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --reference-sync-steps 0                              | reference-sync-steps is 0 but must be at least 1
            --reference-sync-steps 2 --reference-mixup 0          | reference-mixup is 0.0 but must be above 0
            --reference-sync-steps 2 --reference-mixup 1.1        | reference-mixup is 1.1 but must be above 0 and at most 1
            --reference-sync-steps 2 --reference-mixup NaN        | reference-mixup
            --reference-mixup 0.6                                 | reference-sync-steps is missing
            --reference-sync-steps 2 --reference none             | reference is none
            --reference-sync-steps 2 --reference some/model       | only weights of the model in training can move
            --reference-sync-steps 2 --loss simpo                 | simpo, which compares with no reference
            --reference-sync-steps 2 --loss tdpo --method full    | head that does not train
            --loss tdpo --lora-targets q_proj,lm_head             | head that does not train
            """)
    void whatCannotMoveIsRefused(String options, String said) {
        Terminal terminal = Terminal.captured();
        List<String> words = DpoRuns.dpo(folder.resolve("run"), options.strip().split("\\s+"));
        int code = Align.run(terminal, words.toArray(String[]::new));
        String log = terminal.captureLog();
        assertThat(code).as(log).isEqualTo(2);
        assertThat(log).contains(said).hasLineCount(1);
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @Test
    void theForecastStatesTheMemory() {
        Terminal terminal = Terminal.captured();
        List<String> words = DpoRuns.dpo(folder.resolve("run"), "--reference-sync-steps", "2", "--dry-run", "true");
        assertThat(Align.run(terminal, words.toArray(String[]::new))).isZero();
        assertThat(Arrays.stream(terminal.captureOutput().split("\n")))
                .anyMatch(line -> line.contains("reference bytes:"));
    }
}
