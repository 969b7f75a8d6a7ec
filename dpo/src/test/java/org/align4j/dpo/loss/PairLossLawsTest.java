package org.align4j.dpo.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.PairTerms.Divergence;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss.RowGradients;
import org.align4j.dpo.loss.PreferenceObjective.Modifiers;
import org.align4j.dpo.loss.PreferenceObjective.WeightedLoss;
import org.align4j.dpo.loss.paired.AlphaPo;
import org.align4j.dpo.loss.paired.Aot;
import org.align4j.dpo.loss.paired.AotUnpaired;
import org.align4j.dpo.loss.paired.ApoDown;
import org.align4j.dpo.loss.paired.ApoZero;
import org.align4j.dpo.loss.paired.BcoPair;
import org.align4j.dpo.loss.paired.BetaDpo;
import org.align4j.dpo.loss.paired.Cpo;
import org.align4j.dpo.loss.paired.DiscoPop;
import org.align4j.dpo.loss.paired.Dpop;
import org.align4j.dpo.loss.paired.ExoPair;
import org.align4j.dpo.loss.paired.Hinge;
import org.align4j.dpo.loss.paired.Ipo;
import org.align4j.dpo.loss.paired.IpoSum;
import org.align4j.dpo.loss.paired.NcaPair;
import org.align4j.dpo.loss.paired.Orpo;
import org.align4j.dpo.loss.paired.Rdpo;
import org.align4j.dpo.loss.paired.Robust;
import org.align4j.dpo.loss.paired.Sft;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.dpo.loss.paired.SigmoidNorm;
import org.align4j.dpo.loss.paired.SimPo;
import org.align4j.dpo.loss.paired.SppoHard;
import org.align4j.dpo.loss.paired.Tdpo2;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for losses of pairs whatever the numbers. */
class PairLossLawsTest {
    private static final double LN_2 = Math.log(2);
    private static final LossState FRESH = LossState.initial(7);

    static Stream<PairLoss> all() {
        return Stream.of(
                new Sigmoid(0.3, 0.1),
                new Hinge(0.3),
                new Ipo(0.3),
                new IpoSum(0.3),
                new ExoPair(0.3, 0.1),
                new NcaPair(0.3),
                new Robust(0.3, 0.1),
                new BcoPair(0.3),
                new SppoHard(0.3),
                new Aot(0.3, 0.1),
                new AotUnpaired(0.3, 0.1),
                new ApoZero(0.3),
                new ApoDown(0.3),
                new DiscoPop(0.3, 0.5),
                new Sft(0.3),
                new SigmoidNorm(0.3),
                new Dpop(0.3, 5),
                new Rdpo(0.3, 0.1),
                new Cpo(0.3, 0.1, 1),
                new SimPo(2, 0.5, 0.1),
                new AlphaPo(2, 0.5, 0.25),
                new Orpo(0.3, 1),
                new Orpo(0.3, 1, Orpo.Likelihood.ANSWER));
    }

    static Stream<Modifiers> modifiers() {
        return Stream.of(
                Modifiers.NONE,
                new Modifiers(Divergence.FORWARD_KL, OptionalDouble.empty(), false),
                new Modifiers(Divergence.JENSEN_SHANNON, OptionalDouble.empty(), false),
                new Modifiers(Divergence.alpha(1.5), OptionalDouble.empty(), false),
                new Modifiers(Divergence.REVERSE_KL, OptionalDouble.of(0.4), false));
    }

    static Stream<Arguments> allWithModifiers() {
        return all().flatMap(loss -> modifiers().map(modifiers -> Arguments.of(loss, modifiers)));
    }

    static Stream<Arguments> firstSteps() {
        double epsilon = 0.1;
        return Stream.of(
                Arguments.of(new Sigmoid(0.1, 0), LN_2),
                Arguments.of(new Sigmoid(0.1, epsilon), LN_2),
                Arguments.of(new Hinge(0.1), 1),
                Arguments.of(new Ipo(0.1), 25),
                Arguments.of(new IpoSum(0.1), 25),
                Arguments.of(new ExoPair(0.1, epsilon), -LN_2 - 0.5 * Math.log(epsilon * (1 - epsilon))),
                Arguments.of(new NcaPair(0.1), 2 * LN_2),
                Arguments.of(new Robust(0.1, epsilon), LN_2),
                Arguments.of(new BcoPair(0.1), 2 * LN_2),
                Arguments.of(new SppoHard(0.1), 50),
                Arguments.of(new Aot(0.1, epsilon), LN_2),
                Arguments.of(new AotUnpaired(0.1, epsilon), LN_2),
                Arguments.of(new ApoZero(0.1), 1),
                Arguments.of(new ApoDown(0.1), 1),
                Arguments.of(new DiscoPop(0.1, 0.05), 0.5 * LN_2 + 0.5),
                Arguments.of(new SigmoidNorm(0.1), LN_2),
                Arguments.of(new Dpop(0.1, 50), LN_2),
                Arguments.of(new BetaDpo(0.1), LN_2));
    }

    @ParameterizedTest
    @MethodSource("firstSteps")
    void whereThePolicyIsTheReferenceTheLossIsKnown(PairLoss loss, double expected) {
        BatchScores random = batch(3, 6);
        BatchScores same = new BatchScores(random.rows().stream()
                .map(row -> RowScores.of(row.policy(), row.policy()))
                .toList());
        PreferenceObjective objective = PreferenceObjective.of(loss);
        BatchLoss result = objective.evaluate(same, objective.advance(same, FRESH));
        assertThat(result.loss()).isCloseTo(expected, within(1e-14 * Math.max(1, expected)));
        assertThat(Columns.rewards(result, 0)).containsOnly(0);
        assertThat(Columns.accuracy(result)).as("ties count as wrong").isZero();
    }

    @ParameterizedTest
    @MethodSource("allWithModifiers")
    void gradientsAreCentralDifferences(PairLoss loss, Modifiers modifiers) {
        BatchScores batch = batch(5, 3);
        PreferenceObjective objective =
                new PreferenceObjective(List.of(new WeightedLoss("loss", loss, 0.7)), modifiers);
        List<RowGradients> gradients = objective.evaluate(batch, FRESH).gradients();
        for (int i = 0; i < batch.size(); i++) {
            RowScores row = batch.rows().get(i);
            RowGradients own = gradients.get(i);
            double[] kl = Objects.requireNonNull(row.sequenceKl());
            for (int answer = 0; answer < 2; answer++) {
                assertThat(own.answers()[answer][0])
                        .isCloseTo(slope(objective, batch, row.policy()[answer], 0), within(2e-7));
                assertThat(own.sequenceKl()[answer]).isCloseTo(slope(objective, batch, kl, answer), within(2e-7));
            }
            double[] prompt = Objects.requireNonNull(row.prompt());
            assertThat(own.prompt()[0]).isCloseTo(slope(objective, batch, prompt, 0), within(2e-7));
        }
    }

    private static double slope(PreferenceObjective objective, BatchScores batch, double[] row, int at) {
        double step = 1e-6;
        double before = row[at];
        row[at] = before + step;
        double up = objective.evaluate(batch, FRESH).loss();
        row[at] = before - step;
        double down = objective.evaluate(batch, FRESH).loss();
        row[at] = before;
        return (up - down) / (2 * step);
    }

    @ParameterizedTest
    @MethodSource("all")
    void partsOfABatchAddUp(PairLoss loss) {
        PreferenceObjective objective = PreferenceObjective.of(loss);
        BatchScores whole = batch(11, 5);
        BatchTotals totals = BatchTotals.of(whole);
        if (objective.needsWholeBatch()) {
            assertThatThrownBy(() -> objective.evaluate(part(whole, 0, 2), totals, FRESH))
                    .hasMessageContaining("2 of 5 rows");
            return;
        }
        BatchLoss together = objective.evaluate(whole, FRESH);
        BatchLoss first = objective.evaluate(part(whole, 0, 2), totals, FRESH);
        BatchLoss second = objective.evaluate(part(whole, 2, 5), totals, FRESH);
        assertThat(first.loss() + second.loss()).isCloseTo(together.loss(), within(1e-13));
        assertThat(first.parts()[0] + second.parts()[0]).isCloseTo(together.parts()[0], within(1e-13));
        assertThat(Columns.gradients(first, 0)[1]).containsExactly(Columns.gradients(together, 0)[1], within(1e-15));
        assertThat(Columns.gradients(second, 1)[2]).containsExactly(Columns.gradients(together, 1)[4], within(1e-15));
    }

    static Stream<PairLoss> marginLosses() {
        return Stream.of(new Sigmoid(0.3, 0), new Hinge(0.3), new IpoSum(0.3), new Robust(0.3, 0.1), new ApoDown(0.3));
    }

    @ParameterizedTest
    @MethodSource("marginLosses")
    void swappingTheSidesNegatesTheMargin(PairLoss loss) {
        BatchScores batch = batch(13, 4);
        BatchLoss straight = PreferenceObjective.of(loss).evaluate(batch, FRESH);
        BatchLoss swapped = PreferenceObjective.of(loss).evaluate(swap(batch), FRESH);
        for (int i = 0; i < batch.size(); i++) {
            double margin = Columns.rewards(straight, 0)[i] - Columns.rewards(straight, 1)[i];
            double other = Columns.rewards(swapped, 0)[i] - Columns.rewards(swapped, 1)[i];
            assertThat(other).isEqualTo(-margin);
        }
        assertThat(Columns.accuracy(straight) + Columns.accuracy(swapped)).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("all")
    void theOrderOfPairsDoesNotMatter(PairLoss loss) {
        BatchScores batch = batch(17, 4);
        BatchScores turned =
                new BatchScores(Stream.of(2, 3, 0, 1).map(batch.rows()::get).toList());
        PreferenceObjective objective = PreferenceObjective.of(loss);
        assertThat(objective.evaluate(turned, FRESH).loss())
                .isCloseTo(objective.evaluate(batch, FRESH).loss(), within(1e-13));
    }

    /** One pair by hand: a = 1 − (−1) = 2, b = −3 − (−2) = −1, Δ = 3, β = 1/3: z = 1. */
    @Test
    void sigmoidByHand() {
        BatchScores batch = new BatchScores(List.of(RowScores.of(
                new double[][] {{0.5, 0.5}, {-3}}, new double[][] {{-1, 0}, {-2}})));
        BatchLoss result = PreferenceObjective.of(new Sigmoid(1.0 / 3, 0)).evaluate(batch, FRESH);
        assertThat(result.loss()).isCloseTo(Math.log1p(Math.exp(-1)), within(1e-15));
        double slope = -1.0 / 3 / (1 + Math.exp(1));
        assertThat(Columns.gradients(result, 0)[0]).containsExactly(new double[] {slope, slope}, within(1e-15));
        assertThat(Columns.gradients(result, 1)[0]).containsExactly(new double[] {-slope}, within(1e-15));
    }

    @ParameterizedTest
    @MethodSource("all")
    void extremesStayFinite(PairLoss loss) {
        BatchScores batch = new BatchScores(List.of(
                extreme(-1e-17, -900, 900, 0).withPrompt(new double[] {0}),
                extreme(-900, -1e-17, 0, 900).withPrompt(new double[] {-900}),
                extreme(0, -900, 1, 1).withPrompt(new double[] {-1})));
        BatchLoss result = PreferenceObjective.of(loss).evaluate(batch, FRESH);
        assertThat(result.loss()).isFinite();
        for (RowGradients row : result.gradients()) {
            assertThat(row.answers()[0][0]).isFinite();
            assertThat(row.answers()[1][0]).isFinite();
            assertThat(row.prompt()[0]).isFinite();
        }
    }

    /** A pair of answers of one token; the reference says of each what the policy says of the other. */
    private static RowScores extreme(double chosen, double rejected, double chosenKl, double rejectedKl) {
        return RowScores.of(new double[][] {{chosen}, {rejected}}, new double[][] {{rejected}, {chosen}})
                .withSequenceKl(new double[] {chosenKl, rejectedKl});
    }

    /**
     * Two pairs, chosen answers of two tokens with mean −1 and of one token at −3, rejected ones of one token at −1 and −3: the odds term is
     * β ln 2 for both, so that with β 0.1 the loss is 0.0693 and a likelihood. By answers that is (1 + 3) / 2, by all tokens, with prompts of
     * one token at −2 and of two at −4, (1 + 1 + 3 + 2 + 8) / 6.
     */
    @Test
    void orpoTakesTheLikelihoodOfAnswersOrOfAll() {
        BatchScores batch = new BatchScores(List.of(
                RowScores.of(new double[][] {{-0.5, -1.5}, {-1}}, new double[][] {{0, 0}, {0}})
                        .withPrompt(new double[] {-2}),
                RowScores.of(new double[][] {{-3}, {-3}}, new double[][] {{0}, {0}})
                        .withPrompt(new double[] {-4, -4})));
        assertThat(PreferenceObjective.of(new Orpo(0.1, 1, Orpo.Likelihood.ANSWER))
                        .evaluate(batch, FRESH)
                        .loss())
                .isCloseTo(0.1 * LN_2 + 2, within(1e-12));
        assertThat(PreferenceObjective.of(new Orpo(0.1, 1, Orpo.Likelihood.ALL))
                        .evaluate(batch, FRESH)
                        .loss())
                .isCloseTo(0.1 * LN_2 + 2.5, within(1e-12));
    }

    @Test
    void whatALossNeedsMustBeThere() {
        BatchScores plain =
                new BatchScores(List.of(RowScores.of(new double[][] {{-1}, {-1}}, new double[][] {{-1}, {-1}})));
        assertThatThrownBy(() -> PreferenceObjective.of(new Tdpo2(0.1, 0.5)).evaluate(plain, FRESH))
                .hasMessageContaining("sequence KL");
        assertThatThrownBy(() -> PreferenceObjective.of(new Orpo(0.1, 1)).evaluate(plain, FRESH))
                .hasMessageContaining("prompt tokens");
        assertThatThrownBy(() -> RowScores.of(new double[][] {{-1, -1}}, new double[][] {{-1}}))
                .hasMessageContaining("1 tokens in response 0 but the policy has 2");
    }

    @Test
    void betaDpoDrawsTheSamePairsAgain() {
        BatchScores batch = batch(23, 10);
        PreferenceObjective objective = PreferenceObjective.of(new BetaDpo(0.1));
        LossState first = objective.advance(batch, FRESH);
        LossState second = objective.advance(batch, first);
        double[] losses = Columns.losses(objective.evaluate(batch, first));
        assertThat(Columns.losses(objective.evaluate(batch, first))).containsExactly(losses);
        assertThat(Arrays.stream(losses).filter(own -> own == 0).boxed())
                .as("a fifth is left out")
                .hasSize(2);
        assertThat(second.draw()).isEqualTo(2);
        assertThat(Columns.losses(objective.evaluate(batch, second.forEvaluation())))
                .doesNotContain(0);
    }

    /** Where every pair weighs the same, each of 5 is drawn 4 times in 5. */
    @Test
    void betaDpoDrawsFairly() {
        BetaDpo loss = new BetaDpo(0.1);
        int[] drawn = new int[5];
        for (int draw = 1; draw <= 20_000; draw++) {
            for (int pair : loss.draw(new double[5], new LossState(0, 0, 0, 1, 3, draw))) {
                drawn[pair]++;
            }
        }
        for (int count : drawn) {
            assertThat(count / 20_000.0).isCloseTo(0.8, within(0.012));
        }
    }

    private static BatchScores batch(long seed, int pairs) {
        Random random = new Random(seed);
        Side chosen = Side.of(random, pairs);
        Side rejected = Side.of(random, pairs);
        double[][] prompts = tokens(random, pairs);
        return new BatchScores(IntStream.range(0, pairs)
                .mapToObj(i -> RowScores.of(
                                new double[][] {chosen.policy[i], rejected.policy[i]},
                                new double[][] {chosen.reference[i], rejected.reference[i]})
                        .withSequenceKl(new double[] {chosen.kl[i], rejected.kl[i]})
                        .withPrompt(prompts[i]))
                .toList());
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Side(double[][] policy, double[][] reference, double[] kl) {
        static Side of(Random random, int pairs) {
            double[][] policy = tokens(random, pairs);
            double[][] reference = new double[pairs][];
            double[] kl = new double[pairs];
            for (int i = 0; i < pairs; i++) {
                reference[i] = policy[i].clone();
                for (int t = 0; t < reference[i].length; t++) {
                    reference[i][t] += 0.4 * random.nextGaussian();
                }
                kl[i] = random.nextDouble();
            }
            return new Side(policy, reference, kl);
        }
    }

    private static double[][] tokens(Random random, int pairs) {
        double[][] tokens = new double[pairs][];
        for (int i = 0; i < pairs; i++) {
            tokens[i] = new double[1 + random.nextInt(6)];
            for (int t = 0; t < tokens[i].length; t++) {
                tokens[i][t] = -0.1 - 2 * random.nextDouble();
            }
        }
        return tokens;
    }

    private static BatchScores part(BatchScores batch, int from, int to) {
        return new BatchScores(batch.rows().subList(from, to));
    }

    private static BatchScores swap(BatchScores batch) {
        return new BatchScores(batch.rows().stream()
                .map(row -> RowScores.of(swap(row.policy()), swap(row.reference())))
                .toList());
    }

    private static double[][] swap(double[][] answers) {
        return new double[][] {answers[1], answers[0]};
    }
}
