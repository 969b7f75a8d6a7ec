package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.weights.TensorEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DPO of tiny mixtures of experts, LoRA on every linear layer, the experts' included. */
class ExpertDpoRunTest {
    @TempDir
    Path folder;

    @Test
    void everyExpertHasAPairUnderItsOwnName() throws IOException {
        Path run = DpoRuns.family(folder, "run", "mixtral", "fp32", "--max-steps", "2");
        for (int layer = 0; layer < 3; layer++) {
            for (int expert = 0; expert < 4; expert++) {
                for (String part : List.of("w1", "w2", "w3")) {
                    String name = "base_model.model.model.layers." + layer + ".block_sparse_moe.experts." + expert + "."
                            + part + ".lora_B.weight";
                    TensorEntry entry = AlignRuns.product(run).tensors().get(name);
                    assertThat(entry).as(name).isNotNull();
                }
            }
        }
    }

    /** Recomputation and the size of micro-batches change rounding only. */
    @Test
    void theWayOfComputingDoesNotChangeTheRun() throws IOException {
        Path usual = DpoRuns.family(folder, "usual", "mixtral", "fp32", "--max-steps", "3", "--batch-size", "12");
        Path other = DpoRuns.family(
                folder,
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
        List<JsonNode> expected = AlignRuns.steps(usual);
        List<JsonNode> actual = AlignRuns.steps(other);
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
