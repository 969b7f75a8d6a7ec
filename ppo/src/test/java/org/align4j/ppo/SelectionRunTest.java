package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that leave out responses and tokens, draw groups again and punish length. */
class SelectionRunTest {
    private static final String[] GROUPS = {"--algorithm", "grpo", "--samples-per-prompt", "4", "--max-steps", "3"};

    private static final String EOS = "1";

    @TempDir
    Path folder;

    private PpoRuns runs;

    @BeforeEach
    void write() throws IOException {
        runs = new PpoRuns(folder);
    }

    private List<JsonNode> steps(String name, String... more) throws IOException {
        AlignRuns.align(runs.words(name, AlignRuns.concat(GROUPS, more)));
        return AlignRuns.steps(runs.at(name));
    }

    /** Answers of one token at most: nearly all are cut, and what is cut moves nothing but by the few others. */
    @Test
    void cutAnswersTeachNothing() throws IOException {
        List<JsonNode> usual = steps("usual", "--max-new-tokens", "1");
        List<JsonNode> masked = steps("masked", "--max-new-tokens", "1", "--mask-truncated", "true");
        assertThat(usual.get(0).get("responses/finished_fraction").asDouble()).isLessThan(0.2);
        assertThat(masked.get(0).get("objective/scores")).isEqualTo(usual.get(0).get("objective/scores"));
        assertThat(masked.get(0).get("grad_norm").asDouble())
                .isLessThan(0.5 * usual.get(0).get("grad_norm").asDouble());
    }

    /**
     * Of the four answers of step 1 one ends by itself, with its only token. Its ratio is 1 in the first pass and r in the second, so that
     * the mean is (1 + r) / 2, the variance the square of what the mean has above 1, and the divergence a quarter of ln² r: of the one token
     * alone. The pass ends the step where half of ln² r is above the limit, whatever the three answers have done.
     */
    @Test
    void figuresAndTheEarlyStopAreOfWhatIsLearntFrom() throws IOException {
        String[] one = {
            "--max-new-tokens",
            "1",
            "--mask-truncated",
            "true",
            "--rollouts-per-step",
            "4",
            "--ppo-epochs",
            "2",
            "--learning-rate",
            "1e-2",
            "--mini-batches",
            "1",
            "--logit-bias",
            EOS + "=4.2"
        };
        JsonNode step = steps("one", one).get(0);
        assertThat(step.get("responses/finished_fraction").asDouble()).isEqualTo(0.25);
        double above = step.get("policy/ratio").asDouble() - 1;
        assertThat(above).isNotCloseTo(0, within(1e-4));
        assertThat(step.get("policy/ratio_variance").asDouble()).isCloseTo(above * above, within(1e-9));
        double divergence = Math.pow(Math.log1p(2 * above), 2) / 2;
        assertThat(step.get("policy/approx_kl").asDouble()).isCloseTo(divergence / 2, within(1e-9));
        String above1 = String.valueOf(1.01 * divergence);
        String below = String.valueOf(0.99 * divergence);
        JsonNode goesOn =
                steps("on", AlignRuns.concat(one, "--early-stop-kl", above1)).get(0);
        JsonNode stops =
                steps("stops", AlignRuns.concat(one, "--early-stop-kl", below)).get(0);
        assertThat(goesOn.get("policy/stopped_early").asInt()).isZero();
        assertThat(stops.get("policy/stopped_early").asInt()).isEqualTo(1);
    }

    /** Where nothing is learnt from there is no average over tokens, and no rule by it. */
    @Test
    void answersThatTeachNothingStopNothing() throws IOException {
        String[] none = {"--max-new-tokens", "2", "--logit-bias", EOS + "=-100", "--min-entropy", "50"};
        JsonNode step = steps("none", AlignRuns.concat(none, "--mask-truncated", "true"))
                .get(0);
        assertThat(step.get("responses/finished_fraction").asDouble()).isZero();
        assertThat(step.get("objective/entropy").isNull()).isTrue();
        assertThat(step.get("objective/reference_perplexity").isNull()).isTrue();
        assertThat(step.get("policy/approx_kl").asDouble()).isZero();
        assertThat(AlignRuns.ends(1, runs.words("all", AlignRuns.concat(GROUPS, none))))
                .contains("below min-entropy");
    }

    /** A share of 1 is every token; a small one acts on few, in all passes. */
    @Test
    void fewTokensActWhereTheShareIsSmall() throws IOException {
        List<JsonNode> usual = steps("usual", "--kl-coefficient", "0");
        List<JsonNode> all = steps("all", "--kl-coefficient", "0", "--top-entropy-share", "1");
        List<JsonNode> few = steps("few", "--kl-coefficient", "0", "--top-entropy-share", "0.2");
        assertThat(all).isEqualTo(usual);
        assertThat(few.get(0).get("loss/policy")).isNotEqualTo(usual.get(0).get("loss/policy"));
        assertThat(few.get(0).get("policy/ratio").asDouble()).isGreaterThan(0);
    }

    @Tag("long")
    @Test
    void groupsWithoutSpreadAreDrawnAgainAndGoOnToTheBit() throws IOException {
        String[] coarse = {"--reward", "regex:q"};
        List<JsonNode> usual = steps("usual", coarse);
        String[] again = AlignRuns.concat(coarse, "--redraw-groups", "4", "--save-every", "1");
        List<JsonNode> redrawn = steps("redrawn", again);
        assertThat(usual.get(0).has("groups/redrawn")).isFalse();
        assertThat(redrawn.get(0).get("groups/redrawn").asDouble()).isPositive();
        assertThat(redrawn.get(0).get("frac_reward_zero_std").asDouble())
                .isLessThan(usual.get(0).get("frac_reward_zero_std").asDouble());
        AlignRuns.align(runs.words("part", AlignRuns.concat(AlignRuns.concat(GROUPS, again), "--max-steps", "1")));
        AlignRuns.align(List.of("resume", runs.at("part").toString(), "--max-steps", "3"));
        assertThat(AlignRuns.metrics(runs.at("part"))).isEqualTo(AlignRuns.metrics(runs.at("redrawn")));
    }

    @Test
    void lengthIsPunishedFromSomewhereOn() throws IOException {
        List<JsonNode> usual = steps("usual", "--reward", "length");
        List<JsonNode> punished = steps("punished", "--reward", "length", "--overlong-penalty", "5");
        JsonNode step = punished.get(0);
        double cut = 1 - step.get("responses/finished_fraction").asDouble();
        assertThat(usual.get(0).get("objective/scores").asDouble()
                        - step.get("objective/scores").asDouble())
                .isGreaterThanOrEqualTo(cut - 1e-9);
        assertThat(step.get("rewards/length/mean")).isEqualTo(usual.get(0).get("rewards/length/mean"));
    }

    /** By hand, of at most 100 tokens and from 80 on: nothing at 80, half at 90, all at 100. */
    @Test
    void thePenaltyByHand() {
        SelectionOptions selection = new SelectionOptions(false, 0, 80, 1, null);
        assertThat(selection.penalty(80, 100)).isZero();
        assertThat(selection.penalty(90, 100)).isEqualTo(0.5);
        assertThat(selection.penalty(100, 100)).isEqualTo(1);
    }

    @Test
    void aSequenceMaskLeavesOutWhatMovedAway() throws IOException {
        String[] far = {"--learning-rate", "5e-2", "--ppo-epochs", "4", "--kl-coefficient", "0"};
        List<JsonNode> usual = steps("usual", far);
        List<JsonNode> masked = steps("masked", AlignRuns.concat(far, "--max-sequence-kl", "1e-4"));
        assertThat(masked.get(0).get("loss/policy")).isNotEqualTo(usual.get(0).get("loss/policy"));
    }

    /** What rollouts are drawn from is another distribution; ratios are of the model's own, which has not moved. */
    @Test
    void ratiosAreOfTheModelHoweverAnswersAreDrawn() throws IOException {
        String[] drawn = {
            "--min-p",
            "0.05",
            "--repetition-penalty",
            "1.3",
            "--presence-penalty",
            "0.5",
            "--logit-bias",
            "40=2,41=-100",
            "--forbid",
            "q",
            "--ppo-epochs",
            "1"
        };
        List<JsonNode> steps = steps("drawn", drawn);
        assertThat(steps.get(0).get("policy/ratio").asDouble()).isEqualTo(1);
        assertThat(steps.get(0).get("policy/ratio_variance").asDouble()).isZero();
        assertThat(steps.get(0).get("objective/scores"))
                .isNotEqualTo(steps("plain", "--ppo-epochs", "1").get(0).get("objective/scores"));
        assertThat(AlignRuns.align(runs.words("again", AlignRuns.concat(GROUPS, drawn))))
                .contains("off-policy", "min-p 0.05", "forbid");
    }

    private String refused(String... more) {
        return AlignRuns.ends(2, runs.words("refused", more));
    }

    @Test
    void whatAnAlgorithmHasNoUseForIsRefused() {
        assertThat(refused("--mask-truncated", "true")).contains("mask-truncated is true but algorithm is ppo");
        assertThat(refused("--redraw-groups", "2")).contains("redraw-groups is 2 but algorithm is ppo");
        assertThat(refused("--algorithm", "rloo", "--top-entropy-share", "0.2"))
                .contains("top-entropy-share is 0.2 but algorithm is rloo");
        assertThat(refused("--algorithm", "rloo", "--max-sequence-kl", "0.2"))
                .contains("max-sequence-kl is 0.2 but algorithm is rloo");
        assertThat(refused("--overlong-penalty", "6")).contains("overlong-penalty is 6", "max-new-tokens (6)");
        assertThat(refused("--top-entropy-share", "0")).contains("top-entropy-share is 0.0", "0.2 is usual");
        assertThat(refused("--max-sequence-kl", "0")).contains("max-sequence-kl is 0.0", "0.5 is usual");
    }
}
