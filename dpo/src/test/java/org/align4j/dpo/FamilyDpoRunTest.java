package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DPO of families' tiny models from the command to the files. */
class FamilyDpoRunTest {
    @TempDir
    Path folder;

    /** LoRA on every linear layer; step 1 finds policy and reference equal, in bf16 too. */
    @Tag("long")
    @ParameterizedTest
    @CsvSource({
        "qwen3,bf16",
        "gemma3-text,fp32",
        "gemma3-text,bf16",
        "gemma2,bf16",
        "phi3-longrope,bf16",
        "mixtral,fp32",
        "mixtral,bf16",
        "deepseek-v3,fp32",
        "deepseek-v3,bf16"
    })
    void startsAtTheReferenceAndResumesBitByBit(String model, String dtype) throws IOException {
        String[] words = {"--lora-dropout", "0.1", "--max-steps", "4"};
        Path undisturbed = DpoRuns.family(folder, "undisturbed", model, dtype, words);
        List<JsonNode> steps = AlignRuns.steps(undisturbed);
        assertThat(steps.get(0).get("loss").asDouble()).isCloseTo(Math.log(2), within(1e-12));
        assertThat(steps.get(0).get("rewards/margins").asDouble()).isZero();
        assertThat(steps.get(3).get("rewards/margins").asDouble()).isNotZero();
        String[] stopping = {"--lora-dropout", "0.1", "--max-steps", "2", "--save-every", "2"};
        Path resumed = DpoRuns.family(folder, "resumed", model, dtype, stopping);
        AlignRuns.align(List.of("resume", resumed.toString(), "--max-steps", "4"));
        assertThat(AlignRuns.product(resumed).path())
                .hasSameBinaryContentAs(AlignRuns.product(undisturbed).path());
        assertThat(AlignRuns.steps(resumed)).isEqualTo(steps);
    }

    /** All weights trained: the text part changes, the vision tower stays, every name is the checkpoint's. */
    @Test
    void aTextPartTrainsInsideItsCheckpoint() throws IOException {
        String model = "gemma3-multimodal-layout";
        Path run = DpoRuns.family(folder, "run", model, "fp32", "--method", "full", "--max-steps", "2");
        Map<String, TensorEntry> before =
                WeightStore.open(DpoRuns.family(model)).tensors();
        Map<String, TensorEntry> after = AlignRuns.product(run).tensors();
        assertThat(after.keySet()).containsExactlyInAnyOrderElementsOf(before.keySet());
        before.forEach((name, entry) -> assertThat(after.get(name).map().equals(entry.map()))
                .as(name)
                .isEqualTo(!name.startsWith("language_model.")));
    }
}
