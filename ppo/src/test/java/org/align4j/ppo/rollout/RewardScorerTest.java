package org.align4j.ppo.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.RunException;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardFunction;
import org.align4j.ppo.RewardOptions;
import org.align4j.ppo.RewardOptions.RewardNormalization;
import org.align4j.ppo.rollout.Experience.Scores;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RewardScorerTest {
    private static final RewardFunction LENGTH =
            all -> all.stream().mapToDouble(response -> response.ids().length).toArray();
    private static final RewardFunction ROW =
            all -> all.stream().mapToDouble(response -> response.prompt().row()).toArray();

    private static Completion response(int row, int length, boolean finished) {
        return new Completion(new PromptTokens(row, new int[] {1}, null), 0, new int[length], null, finished);
    }

    private static RewardOptions options(
            List<String> names, List<Double> weights, @Nullable Double penalty, @Nullable Double clip) {
        return new RewardOptions(
                new RewardOptions.SourceOptions(names, weights, RewardNormalization.NONE),
                600.0,
                null,
                0.5,
                new RewardOptions.JudgeOptions(null, "OPENAI_API_KEY"),
                new RewardOptions.ShapingOptions(penalty, clip, false));
    }

    /** Lengths 2 and 3 count twice, rows 4 and 5 minus once: 0 and 1. */
    @Test
    void weightsAddUp() {
        RewardScorer judge = RewardScorer.of(options(List.of("a", "b"), List.of(2.0, -1.0), null, null), LENGTH, ROW);
        assertThat(judge.scores(List.of(response(4, 2, true), response(5, 3, true)))
                        .sums())
                .containsExactly(0, 1);
    }

    @Test
    void eachRewardIsKeptBeforeItsWeight() {
        RewardScorer judge =
                RewardScorer.of(options(List.of("lexicon:x", "b"), List.of(2.0, -1.0), 7.0, 1.0), LENGTH, ROW);
        Scores scores = judge.scores(List.of(response(4, 2, true), response(5, 3, false)));
        assertThat(scores.names()).containsExactly("lexicon", "b");
        assertThat(scores.ofResponse(0)).containsExactly(2, 4);
        assertThat(scores.ofResponse(1)).containsExactly(3, 5);
    }

    /** A reward that says what its scores were made of: the run's metrics have the means of the parts, 1.5 and 4.5 here. */
    @Test
    void whatScoresWereMadeOfIsKept() {
        RewardFunction parts = new RewardFunction() {
            @Override
            public double[] scores(List<Completion> responses) {
                return LENGTH.scores(responses);
            }

            @Override
            public Scored scored(List<Completion> responses) {
                return new Scored(scores(responses), Map.of("half", new double[] {1, 2}, "row", ROW.scores(responses)));
            }
        };
        RewardScorer judge = RewardScorer.of(options(List.of("a", "b"), List.of(2.0, -1.0), null, null), LENGTH, parts);
        Scores scores = judge.scores(List.of(response(4, 2, true), response(5, 3, true)));
        assertThat(scores.sums()).containsExactly(2, 3);
        assertThat(scores.parts()).containsOnlyKeys("b/half", "b/row");
        assertThat(scores.parts().get("b/half")).containsExactly(1, 2);
        assertThat(scores.parts().get("b/row")).containsExactly(4, 5);
    }

    /**
     * Members give 2 and 4, and 3 and 5: means 3 and 4, spreads √2 each, half of which is taken off; the other reward gives 4 and 5 and
     * counts 10.
     */
    @Test
    void anEnsembleIsTheMeanLessThePenalisedSpread() {
        RewardScorer judge = RewardScorer.of(
                options(List.of("ensemble:a+b", "c"), List.of(1.0, 10.0), null, null), LENGTH, ROW, ROW);
        Scores scores = judge.scores(List.of(response(4, 2, true), response(5, 3, true)));
        double less = Math.sqrt(2) / 2;
        assertThat(scores.sums()).containsExactly(new double[] {43 - less, 54 - less}, within(1e-12));
        assertThat(scores.names()).containsExactly("ensemble", "c");
        assertThat(scores.parts().get("ensemble/mean")).containsExactly(3, 4);
        assertThat(scores.parts().get("ensemble/spread"))
                .containsExactly(new double[] {Math.sqrt(2), Math.sqrt(2)}, within(1e-12));
    }

    /** The one that ran into its limit pays 1.5: 3 − 1.5; then both are held within ±1.75. */
    @Test
    void aResponseWithoutItsEndPaysAndScoresAreHeldWithinBounds() {
        List<Completion> responses = List.of(response(0, 2, true), response(1, 3, false));
        assertThat(RewardScorer.of(options(List.of("a"), List.of(), 1.5, null), LENGTH)
                        .scores(responses)
                        .sums())
                .containsExactly(2, 1.5);
        assertThat(RewardScorer.of(options(List.of("a"), List.of(), 1.5, 1.75), LENGTH)
                        .scores(responses)
                        .sums())
                .containsExactly(1.75, 1.5);
        assertThat(RewardScorer.of(options(List.of("a"), List.of(-1.0), null, 1.75), LENGTH)
                        .scores(responses)
                        .sums())
                .containsExactly(-1.75, -1.75);
    }

    @Test
    void whatFailsIsNamedWithItsRows() {
        List<Completion> responses =
                IntStream.range(0, 20).mapToObj(i -> response(i, 1, true)).toList();
        RewardOptions one = options(List.of("mine"), List.of(), null, null);
        RewardFunction infinite = all -> all.stream()
                .mapToDouble(response -> response.prompt().row() == 7 ? Double.POSITIVE_INFINITY : 0)
                .toArray();
        assertThatThrownBy(() -> RewardScorer.of(one, infinite).scores(responses))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("mine gave a score that is not finite (rows 7)");
        assertThatThrownBy(() -> RewardScorer.of(one, all -> new double[3]).scores(responses))
                .hasMessageContaining("gave 3 scores for 20 responses")
                .hasMessageContaining("0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 and 4 more")
                .hasMessageContaining("Nothing of this step was applied");
    }
}
