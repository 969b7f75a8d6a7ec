package org.align4j.core.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.files.Checkout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SftAccuracyTest {
    private static final Path MODEL = Checkout.resource("engine", "reference/families/llama");

    /** One row, learned by heart: in the end each of its three trained tokens is the likeliest, and the share is exactly 1. */
    @Test
    void theAccuracyIsOverTheTrainedTokens(@TempDir Path folder) throws IOException {
        Path rows = Files.writeString(
                folder.resolve("rows.jsonl"), "{\"prompt_ids\": [3, 8], \"completion_ids\": [5, 21, 140]}\n");
        Path run = folder.resolve("run");
        AlignRuns.align(List.of(("sft --model " + MODEL + " --data " + rows + " --out " + run
                        + " --method full --learning-rate 1e-2 --schedule constant --epochs 30 --batch-size 1"
                        + " --dtype fp32 --device cpu --samples 0 --report false")
                .split(" ")));
        List<JsonNode> steps = AlignRuns.steps(run);
        assertThat(steps.get(steps.size() - 1).get("mean_token_accuracy").asDouble())
                .isEqualTo(1);
        assertThat(steps).allSatisfy(step -> {
            double right = 3 * step.get("mean_token_accuracy").asDouble();
            assertThat(right).isCloseTo(Math.rint(right), within(1e-9));
        });
    }
}
