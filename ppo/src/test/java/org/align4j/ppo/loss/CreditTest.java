package org.align4j.ppo.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.align4j.ppo.loss.GroupBaseline.Moments;
import org.junit.jupiter.api.Test;

/**
 * Three responses, the first stopped after 3 of 5 tokens, the second never, the third after 2: log π = −.5 − .1i − .2j,
 * log π_ref = −.6 − .15i − .12j, values .2 + .05i − .03j, scores 1, −.5 − 1 (no stop token), .3; β = .05, γ = 1, λ = .95.
 */
class CreditTest {
    private static final int[] TOKENS = {3, 5, 2};
    private static final int[] POSITIONS = {4, 5, 3};

    private static double[][] table(int[] lengths, double start, double row, double column) {
        double[][] table = new double[lengths.length][];
        for (int i = 0; i < lengths.length; i++) {
            table[i] = new double[lengths[i]];
            for (int j = 0; j < lengths[i]; j++) {
                table[i][j] = start + row * i + column * j;
            }
        }
        return table;
    }

    private static double[][] rewards(KlEstimator estimator) {
        double[][] kl = estimator.of(table(TOKENS, -0.5, -0.1, -0.2), table(TOKENS, -0.6, -0.15, -0.12));
        return TokenRewards.of(kl, new double[] {1, -1.5, 0.3}, new boolean[] {true, false, true}, 0.05);
    }

    @Test
    void rewardsAndAdvantagesAreTheKnownOnes() {
        double[][] rewards = rewards(KlEstimator.K1);
        assertThat(rewards[0]).containsExactly(new double[] {-0.005, -0.001, 0.003, 1}, within(1e-12));
        assertThat(rewards[1]).containsExactly(new double[] {-0.0075, -0.0035, 0.0005, 0.0045, -1.4915}, within(1e-12));
        assertThat(rewards[2]).containsExactly(new double[] {-0.01, -0.006, 0.3}, within(1e-12));

        double[][] values = table(POSITIONS, 0.2, 0.05, -0.03);
        double[][] advantages = new AdvantageEstimation(1, 0.95).advantages(rewards, values);
        assertThat(advantages[0]).containsExactly(new double[] {0.674246, 0.746575, 0.8185, 0.89}, within(1e-6));
        assertThat(advantages[1])
                .containsExactly(new double[] {-1.438534, -1.474772, -1.517129, -1.565925, -1.6215}, within(1e-6));
        assertThat(advantages[2]).containsExactly(new double[] {-0.02005, 0.021, 0.06}, within(1e-6));

        double[][] ofTokens = new double[3][];
        for (int i = 0; i < 3; i++) {
            ofTokens[i] = Arrays.copyOf(advantages[i], TOKENS[i]);
        }
        double[][] whitened = Moments.whiten(ofTokens);
        assertThat(whitened[0]).containsExactly(new double[] {1.126489, 1.193714, 1.260564}, within(1e-6));
        assertThat(whitened[2]).containsExactly(new double[] {0.481181, 0.519334}, within(1e-6));
        assertThat(Moments.whitenKeepingMean(rewards)[0])
                .containsExactly(new double[] {0.00573, 0.013021, 0.020312, 1.83757}, within(1e-5));
    }

    /**
     * Two rewards, two prompts with two answers each. The first gives 1, 3 and 0, 0, the second 0, 10 and 7, 5; it counts half. Spreads
     * are √2, 0 and √50, √2, each enlarged by 1e-4: the answers to the first prompt get ∓(1/1.4143136 + ½·5/7.0711678), though the second
     * reward's numbers are five times as large, those to the second ±½/1.4143136. The four sums' mean is 0, their spread
     * √((2·1.0606052² + 2·0.3535284²)/3) = 0.9128219.
     */
    @Test
    void rewardsThatAreNormalisedInTheirGroupsAreTheKnownOnes() {
        double[][][] rewards = {{{1, 3}, {0, 0}}, {{0, 10}, {7, 5}}};
        double[][] sums = GroupBaseline.normalisedSums(rewards, new double[] {1, 0.5});
        assertThat(sums[0]).containsExactly(new double[] {-1.0606052, 1.0606052}, within(1e-6));
        assertThat(sums[1]).containsExactly(new double[] {0.3535284, -0.3535284}, within(1e-6));
        double[][] advantages = GroupBaseline.BATCH_SCALED.advantages(sums);
        assertThat(advantages[0]).containsExactly(new double[] {-1.1617699, 1.1617699}, within(1e-6));
        assertThat(advantages[1]).containsExactly(new double[] {0.3872493, -0.3872493}, within(1e-6));
    }

    @Test
    void lambdaOneIsTheReturnLessTheValueAndLambdaZeroOneStep() {
        double[][] rewards = {{1, 2, 3}};
        double[][] values = {{0.5, 0.25, 0.125}};
        double[][] whole = new AdvantageEstimation(1, 1).advantages(rewards, values);
        assertThat(whole[0]).containsExactly(5.5, 4.75, 2.875);
        assertThat(AdvantageEstimation.returns(whole, values)[0]).containsExactly(6, 5, 3);
        assertThat(new AdvantageEstimation(1, 0).advantages(rewards, values)[0]).containsExactly(0.75, 1.875, 2.875);
    }

    @Test
    void whiteningGivesMeanZeroAndVarianceOne() {
        Moments moments = Moments.of(Moments.whiten(new double[][] {{1, 5, 2}, {9}}));
        assertThat(moments.mean()).isCloseTo(0, within(1e-15));
        assertThat(moments.variance()).isCloseTo(1, within(1e-8));
    }

    /** (1 - 3)² + (5 - 3)² over one less than two; a single number has no spread that could be estimated. */
    @Test
    void theVarianceIsUnbiasedAndZeroForASingleNumber() {
        assertThat(Moments.of(new double[] {1}, new double[] {5}).variance()).isEqualTo(8);
        assertThat(Moments.of(new double[] {1}, new double[] {5}).deviation()).isEqualTo(Math.sqrt(8));
        assertThat(Moments.of(new double[] {7})).isEqualTo(new Moments(7, 0));
        assertThat(Moments.whiten(new double[][] {{7}})[0]).containsExactly(0);
        assertThat(Moments.whitenKeepingMean(new double[][] {{}, {7}})[1]).containsExactly(7);
    }

    @Test
    void estimatorsAgreeWhereThePoliciesDo() {
        assertThat(KlEstimator.K1.of(0)).isZero();
        assertThat(KlEstimator.K2.of(0)).isZero();
        assertThat(KlEstimator.K3.of(0)).isZero();
        assertThat(KlEstimator.K2.of(-0.2)).isCloseTo(0.02, within(1e-15));
        assertThat(KlEstimator.K3.of(-0.2)).isCloseTo(Math.exp(0.2) - 1.2, within(1e-15));
    }

    @Test
    void groupsOfEqualScoresHaveNoAdvantage() {
        double[][] equal = {{0.5, 0.5, 0.5}, {1, 1, 1}};
        assertThat(GroupBaseline.GROUP_SCALED.advantages(equal)[1]).containsOnly(0);
        assertThat(GroupBaseline.LEAVE_ONE_OUT.advantages(equal)[0]).containsOnly(0);
        assertThat(GroupBaseline.LEAVE_ONE_OUT.advantages(new double[][] {{0, 1, 2}})[0])
                .containsExactly(-1.5, 0, 1.5);
    }

    @Test
    void theCoefficientFollowsItsTargetInBounds() {
        assertThatThrownBy(() -> new AdaptiveKl(0.1, 0, 1)).hasMessageContaining("kl-target is 0.0");
        AdaptiveKl controller = new AdaptiveKl(0.1, 6, 1000);
        assertThat(controller.next(600, 100).coefficient()).isCloseTo(0.1 * 1.02, within(1e-15));
        assertThat(controller.next(0, 100).coefficient()).isCloseTo(0.1 * 0.98, within(1e-15));
        assertThat(controller.next(6, 100).coefficient()).isEqualTo(0.1);
    }
}
