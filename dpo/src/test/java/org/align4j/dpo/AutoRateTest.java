package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.files.Trials;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A run whose learning rate nobody gave learns on the small model that the repository carries. */
class AutoRateTest {
    private static final Path DEMO = Path.of("..", "data", "demo");

    @TempDir
    Path folder;

    private List<String> words(Path out, String... more) {
        String[] usual = {
            "--model", DEMO.resolve("model").toString(),
            "--data", DEMO.resolve("train.jsonl").toString(),
            "--out", out.toString(),
            "--samples", "0",
            "--report", "false"
        };
        return AlignRuns.words("dpo", usual, more);
    }

    private static List<Integer> seeds() {
        return Trials.of(List.of(42, 1, 2), 1);
    }

    /** The rate of a large model, 2e-5, left it at 48 %: the courteous answer is as often the likelier one before training. */
    @Tag("long")
    @ParameterizedTest
    @MethodSource("seeds")
    void theChosenAnswerBecomesTheLikelierOne(int seed) throws IOException {
        Path out = folder.resolve("run");
        AlignRuns.align(
                words(out, "--eval-data", DEMO.resolve("heldout.jsonl").toString(), "--seed", String.valueOf(seed)));
        List<JsonNode> evaluations = AlignRuns.evaluations(out);
        assertThat(likelier(evaluations.get(0))).isBetween(0.45, 0.5);
        assertThat(likelier(evaluations.get(evaluations.size() - 1))).isGreaterThanOrEqualTo(0.8);
    }

    private static double likelier(JsonNode evaluation) {
        return evaluation.get("eval_logps/accuracies").asDouble();
    }

    /** 4096 / 128 = 32 times the rates of the contract, 2e-5 for low-rank pairs and 1e-6 for every weight. */
    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"lora, 6.4e-4, 0.000640", "full, 3.2e-5, 3.20e-05"})
    void theRateIsScaledPrintedAndWrittenDown(String expected) throws IOException {
        String[] parts = expected.split(", ");
        Path out = folder.resolve(parts[0]);
        String log = AlignRuns.align(words(out, "--method", parts[0], "--max-steps", "1", "--batch-size", "2"));
        assertThat(log).contains("learning-rate auto is " + parts[2], "32.0 times that at width 128");
        assertThat(Files.readString(out.resolve("config.yaml")))
                .containsPattern("(?m)^learning-rate: " + Double.parseDouble(parts[1]) + "$");
    }

    @Test
    void aRateThatCanMoveNothingIsWarnedOf() {
        String log = AlignRuns.align(words(
                folder.resolve("idle"),
                "--learning-rate",
                "1e-8",
                "--max-steps",
                "10",
                "--batch-size",
                "2",
                "--eval-fraction",
                "0"));
        assertThat(log)
                .contains(
                        "learning-rate is 1.00e-08, so that the 10 steps move no weight further than 0.00016 steps at the usual 0.000640 would.");
    }
}
