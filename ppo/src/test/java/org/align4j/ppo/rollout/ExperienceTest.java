package org.align4j.ppo.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.ppo.rollout.Experience.Scores;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a step's responses show of themselves, counted by hand. */
class ExperienceTest {
    private static Completion response(@Nullable String text, int tokens, boolean finished) {
        return new Completion(new PromptTokens(0, new int[] {1}, null), 0, new int[tokens], text, finished);
    }

    private static Experience of(double[] scores, Completion... responses) {
        return new Experience(List.of(responses), Scores.of(scores), 1);
    }

    /** One ran into its limit, one is white space, one has neither text nor tokens; "a" and three tokens without text are well-formed. */
    @Test
    void responsesThatAreEmptyOrUnendedAreMalformed() {
        Experience five = of(
                new double[5],
                response("a", 1, true),
                response("a b", 2, false),
                response(" \n", 1, true),
                response(null, 0, true),
                response(null, 3, true));
        assertThat(five.malformedFraction()).isEqualTo(0.6);
    }

    @Test
    void thoseThatHaveTheHighestScoreAreCounted() {
        Completion one = response("a", 1, true);
        Experience three = of(new double[] {1, 2, 2}, one, one, one);
        assertThat(three.highestScore()).isEqualTo(2);
        assertThat(three.atHighestFraction()).isEqualTo(2.0 / 3);
    }
}
