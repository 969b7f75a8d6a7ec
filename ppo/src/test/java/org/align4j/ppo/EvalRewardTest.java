package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A reward that nothing is learnt from looks on: its figures, its warning, and the rule that ends a run. */
class EvalRewardTest {
    private static final String JUDGE = Consonants.class.getName();

    @TempDir
    Path folder;

    private PpoRuns runs;
    private String[] judged;

    @BeforeEach
    void write() throws IOException {
        runs = new PpoRuns(folder);
        Path held = Files.write(
                folder.resolve("held.jsonl"),
                IntStream.range(0, 40)
                        .mapToObj(i -> "{\"prompt\": \"" + "mnopqrst".substring(0, i % 7 + 1) + i + "\"}")
                        .toList());
        judged = new String[] {
            "--eval-data",
            held.toString(),
            "--eval-every",
            "2",
            "--save-every",
            "2",
            "--rollouts-per-step",
            "32",
            "--learning-rate",
            "2e-2",
            "--kl-coefficient",
            "0",
            "--eval-reward",
            JUDGE
        };
    }

    private List<String> words(String name, String... more) {
        return runs.words(name, AlignRuns.concat(judged, more));
    }

    @Tag("long")
    @Test
    void itChangesNothingThatIsLearntAndTellsHowTheTwoPart() throws IOException {
        AlignRuns.align(words("seen", "--max-steps", "12"));
        AlignRuns.align(runs.words("blind", AlignRuns.concat(judged, "--max-steps", "12", "--eval-reward", "none")));
        assertThat(AlignRuns.steps(runs.at("seen"))).isEqualTo(AlignRuns.steps(runs.at("blind")));
        List<JsonNode> evaluations = AlignRuns.evaluations(runs.at("seen"));
        JsonNode last = evaluations.get(evaluations.size() - 1);
        assertThat(last.get("eval_judge/score").asDouble()
                        + last.get("eval_objective/scores").asDouble())
                .isCloseTo(1, within(1e-6));
        assertThat(last.get("eval_judge/fall_low").asDouble()).isPositive();
        assertThat(last.get("eval_judge/fall").asDouble())
                .isGreaterThan(last.get("eval_judge/fall_low").asDouble());
        assertThat(last.get("eval_judge/score_rise").asDouble())
                .isCloseTo(last.get("eval_judge/fall").asDouble(), within(1e-6));
        assertThat(Files.readString(runs.at("seen").resolve("warnings.json")))
                .contains("over-optimisation", "eval-reward");
    }

    @Tag("long")
    @Test
    void theRuleEndsTheRunAndARunThatGoesOnEndsAlike() throws IOException {
        String[] rule = {"--max-steps", "20", "--stop-over-optimized", "true"};
        AlignRuns.align(words("whole", rule));
        JsonNode result = AlignRuns.json(runs.at("whole").resolve("result.json"));
        assertThat(result.get("reason").asText()).contains("stop-over-optimized: since step");
        int end = result.get("step").asInt();
        assertThat(end).isBetween(2, 18);
        AlignRuns.align(words("part", AlignRuns.concat(rule, "--max-steps", "2")));
        AlignRuns.align(List.of("resume", runs.at("part").toString(), "--max-steps", "20"));
        assertThat(AlignRuns.metrics(runs.at("part"))).isEqualTo(AlignRuns.metrics(runs.at("whole")));
    }

    @Test
    void whatCantTellIsRefused() {
        assertThat(AlignRuns.ends(2, runs.words("a", "--eval-reward", JUDGE, "--max-steps", "2")))
                .contains("no prompts are held out", "eval-data");
        assertThat(AlignRuns.ends(2, words("b", "--eval-reward", Vowels.class.getName(), "--max-steps", "2")))
                .contains("which is trained on");
        assertThat(AlignRuns.ends(2, words("c", "--eval-reward", "no-such-reward", "--max-steps", "2")))
                .contains("no-such-reward");
        assertThat(AlignRuns.ends(2, runs.words("d", "--stop-over-optimized", "true", "--max-steps", "2")))
                .contains("give eval-reward");
    }
}
