package org.align4j.dpo.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.PairTerms.Divergence;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss;
import org.align4j.dpo.loss.PreferenceObjective.Modifiers;
import org.align4j.dpo.loss.PreferenceObjective.WeightedLoss;
import org.align4j.dpo.loss.paired.Aot;
import org.align4j.dpo.loss.paired.AotUnpaired;
import org.align4j.dpo.loss.paired.ApoDown;
import org.align4j.dpo.loss.paired.ApoZero;
import org.align4j.dpo.loss.paired.BcoPair;
import org.align4j.dpo.loss.paired.Cpo;
import org.align4j.dpo.loss.paired.DiscoPop;
import org.align4j.dpo.loss.paired.ExoPair;
import org.align4j.dpo.loss.paired.Hinge;
import org.align4j.dpo.loss.paired.Ipo;
import org.align4j.dpo.loss.paired.IpoSum;
import org.align4j.dpo.loss.paired.NcaPair;
import org.align4j.dpo.loss.paired.Orpo;
import org.align4j.dpo.loss.paired.Robust;
import org.align4j.dpo.loss.paired.Sft;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.dpo.loss.paired.SigmoidNorm;
import org.align4j.dpo.loss.paired.SimPo;
import org.align4j.dpo.loss.paired.SppoHard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Figures that TRL 1.10 and 0.28 and the authors' code give for one small batch, from its logits on: row i, position j,
 * token v has logit {@code 2 sin(k + 1.3i + 0.7j + 1.9v + 0.11ijv)}, k = 0.3 for the policy, 0.45 for the reference; rows
 * 0 and 1 are chosen, 2 and 3 rejected.
 */
class GoldenTableTest {
    private static final int VOCABULARY = 5;
    private static final int[][] IDS = {{0, 2, 4, 1, 3, 0}, {3, 1, 4, 2, 0, 3}, {1, 0, 4, 3, 2, 1}, {4, 4, 4, 4, 4, 4}};
    private static final int[][] COMPLETION = {
        {0, 0, 1, 1, 1, 1}, {0, 0, 0, 1, 1, 0}, {0, 0, 1, 1, 1, 0}, {0, 0, 0, 1, 1, 1}
    };
    private static final BatchScores BATCH = new BatchScores(List.of(pair(0, 2), pair(1, 3)));
    private static final double BETA = 0.1;

    private static RowScores pair(int chosen, int rejected) {
        return RowScores.of(
                        new double[][] {logProbs(chosen, 0.3), logProbs(rejected, 0.3)},
                        new double[][] {logProbs(chosen, 0.45), logProbs(rejected, 0.45)})
                .withLogSumSquares(new double[][] {logSumSquares(chosen), logSumSquares(rejected)});
    }

    private static double[] logProbs(int row, double k) {
        return positions(row)
                .mapToDouble(j -> logit(k, row, j, IDS[row][j + 1]) - logSumExp(k, row, j, 1))
                .toArray();
    }

    private static double[] logSumSquares(int row) {
        return positions(row)
                .mapToDouble(j -> logSumExp(0.3, row, j, 2) - 2 * logSumExp(0.3, row, j, 1))
                .toArray();
    }

    /** Positions whose next token belongs to the completion. */
    private static IntStream positions(int row) {
        return IntStream.range(0, 5).filter(j -> COMPLETION[row][j + 1] == 1);
    }

    private static double logit(double k, int i, int j, int v) {
        return 2 * Math.sin(k + 1.3 * i + 0.7 * j + 1.9 * v + 0.11 * i * j * v);
    }

    private static double logSumExp(double k, int i, int j, double power) {
        double sum = 0;
        for (int v = 0; v < VOCABULARY; v++) {
            sum += Math.exp(power * logit(k, i, j, v));
        }
        return Math.log(sum);
    }

    static Stream<Arguments> losses() {
        return Stream.of(
                Arguments.of(new Sigmoid(BETA, 0), 0.67107807),
                Arguments.of(new Sigmoid(BETA, 0.1), 0.67558137),
                Arguments.of(new Hinge(BETA), 0.95496699),
                Arguments.of(new Ipo(BETA), 23.76142174),
                Arguments.of(new IpoSum(BETA), 20.85471713),
                Arguments.of(new ExoPair(BETA, 0.1), 0.48654963),
                Arguments.of(new NcaPair(BETA), 1.37558010),
                Arguments.of(new Robust(BETA, 0.1), 0.66544894),
                Arguments.of(new BcoPair(BETA), 1.36414441),
                Arguments.of(new SppoHard(BETA), 45.79001112),
                Arguments.of(new Aot(BETA, 0.1), 0.67546086),
                Arguments.of(new Aot(BETA, 0), 0.67095756),
                Arguments.of(new AotUnpaired(BETA, 0.1), 0.67547773),
                Arguments.of(new AotUnpaired(BETA, 0), 0.67097443),
                Arguments.of(new ApoZero(BETA), 0.98874623),
                Arguments.of(new ApoDown(BETA), 0.99931520),
                Arguments.of(new DiscoPop(BETA, 0.05), 0.86413798),
                Arguments.of(new Sft(BETA), 1.82761688),
                Arguments.of(new SigmoidNorm(BETA), 0.68686253));
    }

    @ParameterizedTest
    @MethodSource("losses")
    void lossesOfPairs(PairLoss loss, double expected) {
        BatchLoss result = PreferenceObjective.of(loss).evaluate(BATCH, LossState.initial(0));
        assertThat(result.loss()).isCloseTo(expected, within(2e-8));
        assertThat(Columns.logProbs(result, 0)[0]).isCloseTo(-7.28650458, within(1e-8));
        assertThat(Columns.logProbs(result, 1)[1]).isCloseTo(-7.28998557, within(1e-8));
        assertThat(PairLossReferenceTest.mean(Columns.rewards(result, 0))).isCloseTo(0.04228664, within(1e-8));
        assertThat(PairLossReferenceTest.mean(Columns.rewards(result, 1))).isCloseTo(-0.00274637, within(1e-8));
        assertThat(Columns.accuracy(result)).isEqualTo(1);
    }

    static Stream<Arguments> withoutReference() {
        return Stream.of(
                Arguments.of(new Sigmoid(BETA, 0), 0.52571830),
                Arguments.of(new Cpo(BETA, 0, 0), 0.52571830),
                Arguments.of(new Hinge(BETA), 0.63134181),
                Arguments.of(new Ipo(BETA), 14.64791319),
                Arguments.of(new SimPo(2, 0.5, 0), 0.22433754),
                Arguments.of(new Orpo(BETA, 0), (0.01254677 + 0.04128131) / 2));
    }

    @ParameterizedTest
    @MethodSource("withoutReference")
    void lossesWithoutReference(PairLoss loss, double expected) {
        BatchScores batch = LossCases.withEmptyPrompts(LossCases.withoutReference(BATCH));
        assertThat(PreferenceObjective.of(loss)
                        .evaluate(batch, LossState.initial(0))
                        .loss())
                .isCloseTo(expected, within(2e-8));
    }

    static Stream<Arguments> modifiers() {
        return Stream.of(
                Arguments.of(new Modifiers(Divergence.FORWARD_KL, OptionalDouble.empty(), false), 0.67647294, 1e-8),
                Arguments.of(new Modifiers(Divergence.JENSEN_SHANNON, OptionalDouble.empty(), false), 0.68370177, 1e-8),
                Arguments.of(new Modifiers(Divergence.alpha(0.5), OptionalDouble.empty(), false), 0.674097, 1e-6),
                Arguments.of(new Modifiers(Divergence.REVERSE_KL, OptionalDouble.empty(), true), 0.03158300, 1e-8),
                Arguments.of(new Modifiers(Divergence.REVERSE_KL, OptionalDouble.of(0.5), false), 0.67408865, 1e-8),
                Arguments.of(new Modifiers(Divergence.REVERSE_KL, OptionalDouble.of(0), false), 0.67712334, 1e-8));
    }

    @ParameterizedTest
    @MethodSource("modifiers")
    void modifiersOfSigmoid(Modifiers modifiers, double expected, double tolerance) {
        PreferenceObjective objective =
                new PreferenceObjective(List.of(new WeightedLoss("sigmoid", new Sigmoid(BETA, 0), 1)), modifiers);
        assertThat(objective.evaluate(BATCH, LossState.initial(0)).loss()).isCloseTo(expected, within(tolerance));
    }

    @Test
    void aMix() {
        PreferenceObjective mix = new PreferenceObjective(
                List.of(
                        new WeightedLoss("sigmoid", new Sigmoid(BETA, 0), 1),
                        new WeightedLoss("sft", new Sft(BETA), 0.5)),
                Modifiers.NONE);
        BatchLoss result = mix.evaluate(BATCH, LossState.initial(0));
        assertThat(result.loss()).isCloseTo(1.58488651, within(1e-8));
        assertThat(result.parts()).containsExactly(new double[] {0.67107807, 1.82761688}, within(2e-8));
    }
}
