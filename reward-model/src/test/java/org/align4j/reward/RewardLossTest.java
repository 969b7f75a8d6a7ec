package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.align4j.core.error.InputException;
import org.align4j.reward.Supervision.LossShare;
import org.junit.jupiter.api.Test;

class RewardLossTest {
    private static final double[] CHOSEN = {1, -0.2};
    private static final double[] REJECTED = {0.4, 0.3};

    /** Three figures for r⁺ = (1, −0.2), r⁻ = (0.4, 0.3): plain, with margins 0.5 and 0.1, centered by 0.01. */
    @Test
    void knownFigures() {
        ScoredPairs plain = ScoredPairs.of(CHOSEN, REJECTED);
        ScoredPairs margins = new ScoredPairs(CHOSEN, REJECTED, new double[] {0.5, 0.1});
        assertThat(new RewardLoss(0, 0).evaluate(plain, plain.size()).loss()).isCloseTo(0.705782, within(1e-6));
        assertThat(new RewardLoss(0, 0).evaluate(margins, margins.size()).loss())
                .isCloseTo(0.840942, within(1e-6));
        assertThat(new RewardLoss(0.01, 0).evaluate(plain, plain.size()).loss()).isCloseTo(0.715632, within(1e-6));
        assertThat(plain.accuracy()).isEqualTo(0.5);
    }

    @Test
    void equalScoresCostLn2WhateverTheSmoothing() {
        ScoredPairs equal = ScoredPairs.of(CHOSEN, CHOSEN);
        assertThat(new RewardLoss(0, 0.2).evaluate(equal, equal.size()).loss()).isCloseTo(Math.log(2), within(1e-15));
        assertThat(equal.accuracy()).isZero();
    }

    @Test
    void gradientsAreCentralDifferences() {
        RewardLoss loss = new RewardLoss(0.01, 0.1);
        LossShare result = loss.evaluate(ScoredPairs.of(CHOSEN, REJECTED), CHOSEN.length);
        for (int i = 0; i < 2; i++) {
            double[] up = CHOSEN.clone();
            double[] down = CHOSEN.clone();
            up[i] += 1e-6;
            down[i] -= 1e-6;
            double slope =
                    (loss.evaluate(ScoredPairs.of(up, REJECTED), up.length).loss()
                                    - loss.evaluate(ScoredPairs.of(down, REJECTED), down.length)
                                            .loss())
                            / 2e-6;
            assertThat(result.gradient().get(i)[0]).isCloseTo(slope, within(1e-9));
        }
    }

    @Test
    void partsAddUp() {
        RewardLoss loss = new RewardLoss(0.01, 0);
        LossShare first = loss.evaluate(ScoredPairs.of(new double[] {1}, new double[] {0.4}), 2);
        LossShare second = loss.evaluate(ScoredPairs.of(new double[] {-0.2}, new double[] {0.3}), 2);
        LossShare whole = loss.evaluate(ScoredPairs.of(CHOSEN, REJECTED), CHOSEN.length);
        assertThat(first.loss() + second.loss()).isCloseTo(whole.loss(), within(1e-15));
        assertThat(second.gradient().get(0)).isEqualTo(whole.gradient().get(1));
    }

    @Test
    void parametersOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new RewardLoss(-1, 0))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("centering is -1.0");
        assertThatThrownBy(() -> new RewardLoss(0, 0.5)).hasMessageContaining("label-smoothing is 0.5");
        assertThatThrownBy(() -> ScoredPairs.of(new double[1], new double[2])).hasMessageContaining("2 rejected");
    }
}
