package org.align4j.dpo.loss.paired;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.Stream;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.Columns;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss;
import org.align4j.dpo.loss.UnpairedLoss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UnpairedLossLawsTest {
    private static final double[][] POLICY = {{-1, -0.5}, {-2}, {-0.25, -0.25, -3}};
    private static final double[][] REFERENCE = {{-1.5, -0.5}, {-1}, {-0.5, -0.5, -2}};
    private static final boolean[] DESIRABLE = {true, false, true};
    private static final BatchTotals TOTALS = new BatchTotals(3, 6, 0, 0.2);
    private static final LossState FRESH = LossState.initial(1);

    static Stream<UnpairedLoss> all() {
        return Stream.of(new Kto(0.3, 1.5, 0.5), new ApoZeroUnpaired(0.3, 1.5, 0.5), new Bco(0.3));
    }

    private static BatchScores rows(double[][] policy, int from, int to) {
        return Columns.judged(
                Arrays.copyOfRange(policy, from, to),
                Arrays.copyOfRange(REFERENCE, from, to),
                Arrays.copyOfRange(DESIRABLE, from, to));
    }

    @ParameterizedTest
    @MethodSource("all")
    void gradientsAreCentralDifferences(UnpairedLoss loss) {
        PreferenceObjective objective = PreferenceObjective.of(loss);
        BatchScores batch = rows(POLICY, 0, 3);
        LossState state = objective.advance(batch, FRESH);
        double[][] gradients = Columns.gradients(objective.evaluate(batch, TOTALS, state), 0);
        for (int i = 0; i < POLICY.length; i++) {
            double[][] up = Arrays.stream(POLICY).map(double[]::clone).toArray(double[][]::new);
            double[][] down = Arrays.stream(POLICY).map(double[]::clone).toArray(double[][]::new);
            up[i][0] += 1e-6;
            down[i][0] -= 1e-6;
            double slope = (objective.evaluate(rows(up, 0, 3), TOTALS, state).loss()
                            - objective
                                    .evaluate(rows(down, 0, 3), TOTALS, state)
                                    .loss())
                    / 2e-6;
            assertThat(gradients[i][0]).isCloseTo(slope, within(1e-9));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void partsOfABatchAddUp(UnpairedLoss loss) {
        PreferenceObjective objective = PreferenceObjective.of(loss);
        LossState state = objective.advance(rows(POLICY, 0, 3), FRESH);
        BatchLoss whole = objective.evaluate(rows(POLICY, 0, 3), TOTALS, state);
        BatchLoss first = objective.evaluate(rows(POLICY, 0, 1), TOTALS, state);
        BatchLoss second = objective.evaluate(rows(POLICY, 1, 3), TOTALS, state);
        assertThat(first.loss() + second.loss()).isCloseTo(whole.loss(), within(1e-15));
        assertThat(Columns.gradients(second, 0)[1]).containsExactly(Columns.gradients(whole, 0)[2], within(1e-16));
    }

    @Test
    void whereThePolicyIsTheReferenceTheLossIsKnown() {
        BatchScores same = Columns.judged(POLICY, POLICY, DESIRABLE);
        BatchTotals totals = TOTALS.withMismatched(new double[] {-3, -4, -5}, new double[] {-3, -4, -5});
        assertThat(totals.klEstimate()).isZero();
        assertThat(PreferenceObjective.of(new Kto(0.1, 1, 1))
                        .evaluate(same, totals, FRESH)
                        .loss())
                .isEqualTo(0.5);
        assertThat(PreferenceObjective.of(new Bco(0.1))
                        .evaluate(same, totals, FRESH)
                        .loss())
                .isCloseTo(Math.log(2), within(1e-15));
    }

    /** Log-ratios 0.5, −1, −0.5, β = 2: rewards 1, −2, −1, mean −2/3. */
    @Test
    void bcoRemembersTheMeanReward() {
        PreferenceObjective objective = PreferenceObjective.of(new Bco(2));
        LossState once = objective.advance(rows(POLICY, 0, 3), FRESH);
        assertThat(once.rewardMean()).isCloseTo(-2.0 / 3, within(1e-15));
        assertThat(once.rewardCount()).isEqualTo(3);
        LossState twice = objective.advance(rows(POLICY, 0, 1), once);
        assertThat(twice.rewardMean()).isCloseTo(-1.0 / 4, within(1e-15));
    }

    @Test
    void theKlEstimateIsNeverNegative() {
        assertThat(TOTALS.withMismatched(new double[] {-3, -5}, new double[] {-2, -4})
                        .klEstimate())
                .isZero();
        assertThat(TOTALS.withMismatched(new double[] {-2, -4}, new double[] {-3, -6})
                        .klEstimate())
                .isEqualTo(1.5);
    }
}
