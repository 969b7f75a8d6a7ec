package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Variants of LoRA that start as the base but for rounding say by how much, at step 1 and only there. */
class StartDifferenceTest {
    private static final Path UNPAIRED = DpoRuns.TRACES.resolve("kto_lora").resolve("data.jsonl");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"dora", "pissa", "olora"})
    void theDifferenceIsToldAndKept(String variant) throws IOException {
        Path run = folder.resolve(variant);
        String log = AlignRuns.align(DpoRuns.dpo(run, "--lora-variant", variant, "--max-steps", "2"));
        assertThat(log).containsOnlyOnce("lora-variant " + variant + " starts as the base but for rounding");
        assertKept(AlignRuns.steps(run));
    }

    @Test
    void answersThatAreJudgedOneByOneToo() throws IOException {
        Path run = folder.resolve("kto");
        String log = AlignRuns.align(DpoRuns.dpo(
                run, "--data", UNPAIRED.toString(), "--loss", "kto", "--lora-variant", "dora", "--max-steps", "2"));
        assertThat(log).contains("lora-variant dora starts as the base but for rounding");
        assertKept(AlignRuns.steps(run));
    }

    private static void assertKept(List<JsonNode> steps) {
        assertThat(steps).hasSize(2);
        // Some ten tokens of fp32 log-probabilities, each off by a few units in the last place.
        assertThat(steps.get(0).path("start_log_ratio").isNumber()).isTrue();
        assertThat(steps.get(0).path("start_log_ratio").asDouble()).isBetween(0.0, 1e-3);
        assertThat(steps.get(1).has("start_log_ratio")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "rslora"})
    void whatStartsEqualSaysNothing(String variant) throws IOException {
        Path run = folder.resolve(variant);
        String log = AlignRuns.align(DpoRuns.dpo(run, "--lora-variant", variant, "--max-steps", "1"));
        assertThat(log).doesNotContain("but for rounding");
        assertThat(AlignRuns.steps(run).get(0).has("start_log_ratio")).isFalse();
    }
}
