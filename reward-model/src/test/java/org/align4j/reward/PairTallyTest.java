package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;

import org.align4j.core.data.PairTokens;
import org.junit.jupiter.api.Test;

class PairTallyTest {
    private static final PairTokens PAIR = new PairTokens(0, new int[] {1}, new int[] {2}, new int[] {3}, null);

    @Test
    void equalScoresAreWrongAndTiesAreLeftOut() {
        PairTally tally = new PairTally();
        tally.count(PAIR, 1, 0);
        tally.count(PAIR, 1, 1);
        tally.count(PAIR, 0, 1);
        tally.count(PAIR, 2, 1);
        tally.count(PAIR.asTie(), 5, 0);
        assertThat(tally.summary())
                .containsEntry("pairs", 4)
                .containsEntry("ties", 1)
                .containsEntry("accuracy", 0.5);
        assertThat(tally.words())
                .hasValueSatisfying(
                        words -> assertThat(words).contains("accuracy 50.0 % of 4 pairs", "1 ties left out"));
        assertThat(new PairTally().words()).isEmpty();
    }
}
