package org.align4j.dpo.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.align4j.dpo.loss.free.AlphaPo;
import org.align4j.dpo.loss.free.Cpo;
import org.align4j.dpo.loss.free.Orpo;
import org.align4j.dpo.loss.free.SimPo;
import org.align4j.dpo.loss.paired.Aot;
import org.align4j.dpo.loss.paired.AotUnpaired;
import org.align4j.dpo.loss.paired.ApoDown;
import org.align4j.dpo.loss.paired.ApoZero;
import org.align4j.dpo.loss.paired.BcoPair;
import org.align4j.dpo.loss.paired.BetaDpo;
import org.align4j.dpo.loss.paired.DiscoPop;
import org.align4j.dpo.loss.paired.Dpop;
import org.align4j.dpo.loss.paired.ExoPair;
import org.align4j.dpo.loss.paired.Hinge;
import org.align4j.dpo.loss.paired.Ipo;
import org.align4j.dpo.loss.paired.IpoSum;
import org.align4j.dpo.loss.paired.NcaPair;
import org.align4j.dpo.loss.paired.Rdpo;
import org.align4j.dpo.loss.paired.Robust;
import org.align4j.dpo.loss.paired.Sft;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.dpo.loss.paired.SigmoidNorm;
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
                new Orpo(0.3, 1));
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
        PairBatch random = batch(3, 6);
        PairBatch same = PairBatch.of(
                Responses.of(random.chosen().policy(), random.chosen().policy()),
                Responses.of(random.rejected().policy(), random.rejected().policy()));
        PairObjective objective = PairObjective.of(loss);
        PairResult result = objective.evaluate(same, objective.advance(same, FRESH));
        assertThat(result.loss()).isCloseTo(expected, within(1e-14 * Math.max(1, expected)));
        assertThat(result.rewards().chosen()).containsOnly(0);
        assertThat(result.rewards().accuracy()).as("ties count as wrong").isZero();
    }

    @ParameterizedTest
    @MethodSource("allWithModifiers")
    void gradientsAreCentralDifferences(PairLoss loss, Modifiers modifiers) {
        PairBatch batch = batch(5, 3);
        PairObjective objective = new PairObjective(List.of(new WeightedLoss("loss", loss, 0.7)), modifiers);
        PairGradients gradients = objective.evaluate(batch, FRESH).gradients();
        for (int i = 0; i < batch.size(); i++) {
            assertThat(gradients.chosen()[i][0])
                    .isCloseTo(slope(objective, batch, batch.chosen().policy(), i), within(2e-7));
            assertThat(gradients.rejected()[i][0])
                    .isCloseTo(slope(objective, batch, batch.rejected().policy(), i), within(2e-7));
            assertThat(gradients.prompt()[i][0]).isCloseTo(slope(objective, batch, prompts(batch), i), within(2e-7));
            assertThat(gradients.chosenKl()[i]).isCloseTo(slope(objective, batch, kl(batch.chosen()), i), within(2e-7));
            assertThat(gradients.rejectedKl()[i])
                    .isCloseTo(slope(objective, batch, kl(batch.rejected()), i), within(2e-7));
        }
    }

    private static double slope(PairObjective objective, PairBatch batch, double[][] moved, int i) {
        boolean column = moved.length == 1;
        double[] row = column ? moved[0] : moved[i];
        int at = column ? i : 0;
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
        PairObjective objective = PairObjective.of(loss);
        PairBatch whole = batch(11, 5);
        BatchTotals totals = BatchTotals.of(whole);
        if (!objective.isSeparable()) {
            assertThatThrownBy(() -> objective.evaluate(part(whole, 0, 2), totals, FRESH))
                    .hasMessageContaining("2 of 5 pairs");
            return;
        }
        PairResult together = objective.evaluate(whole, FRESH);
        PairResult first = objective.evaluate(part(whole, 0, 2), totals, FRESH);
        PairResult second = objective.evaluate(part(whole, 2, 5), totals, FRESH);
        assertThat(first.loss() + second.loss()).isCloseTo(together.loss(), within(1e-13));
        assertThat(first.parts()[0] + second.parts()[0]).isCloseTo(together.parts()[0], within(1e-13));
        assertThat(first.gradients().chosen()[1])
                .containsExactly(together.gradients().chosen()[1], within(1e-15));
        assertThat(second.gradients().rejected()[2])
                .containsExactly(together.gradients().rejected()[4], within(1e-15));
    }

    static Stream<PairLoss> marginLosses() {
        return Stream.of(new Sigmoid(0.3, 0), new Hinge(0.3), new IpoSum(0.3), new Robust(0.3, 0.1), new ApoDown(0.3));
    }

    @ParameterizedTest
    @MethodSource("marginLosses")
    void swappingTheSidesNegatesTheMargin(PairLoss loss) {
        PairBatch batch = batch(13, 4);
        PairResult straight = PairObjective.of(loss).evaluate(batch, FRESH);
        PairResult swapped = PairObjective.of(loss).evaluate(PairBatch.of(batch.rejected(), batch.chosen()), FRESH);
        for (int i = 0; i < batch.size(); i++) {
            double margin = straight.rewards().chosen()[i] - straight.rewards().rejected()[i];
            double other = swapped.rewards().chosen()[i] - swapped.rewards().rejected()[i];
            assertThat(other).isEqualTo(-margin);
        }
        assertThat(straight.rewards().accuracy() + swapped.rewards().accuracy()).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("all")
    void theOrderOfPairsDoesNotMatter(PairLoss loss) {
        PairBatch batch = batch(17, 4);
        PairBatch turned = join(part(batch, 2, 4), part(batch, 0, 2));
        PairObjective objective = PairObjective.of(loss);
        assertThat(objective.evaluate(turned, FRESH).loss())
                .isCloseTo(objective.evaluate(batch, FRESH).loss(), within(1e-13));
    }

    /** One pair by hand: a = 1 − (−1) = 2, b = −3 − (−2) = −1, Δ = 3, β = 1/3: z = 1. */
    @Test
    void sigmoidByHand() {
        PairBatch batch = PairBatch.of(
                Responses.of(new double[][] {{0.5, 0.5}}, new double[][] {{-1, 0}}),
                Responses.of(new double[][] {{-3}}, new double[][] {{-2}}));
        PairResult result = PairObjective.of(new Sigmoid(1.0 / 3, 0)).evaluate(batch, FRESH);
        assertThat(result.loss()).isCloseTo(Math.log1p(Math.exp(-1)), within(1e-15));
        double slope = -1.0 / 3 / (1 + Math.exp(1));
        assertThat(result.gradients().chosen()[0]).containsExactly(new double[] {slope, slope}, within(1e-15));
        assertThat(result.gradients().rejected()[0]).containsExactly(new double[] {-slope}, within(1e-15));
    }

    @ParameterizedTest
    @MethodSource("all")
    void extremesStayFinite(PairLoss loss) {
        double[][] certain = {{-1e-17}, {-900}, {0}};
        double[][] hopeless = {{-900}, {-1e-17}, {-900}};
        PairBatch batch = PairBatch.of(
                        Responses.of(certain, hopeless).withSequenceKl(new double[] {900, 0, 1}),
                        Responses.of(hopeless, certain).withSequenceKl(new double[] {0, 900, 1}))
                .withPrompts(new double[][] {{0}, {-900}, {-1}});
        PairResult result = PairObjective.of(loss).evaluate(batch, FRESH);
        assertThat(result.loss()).isFinite();
        Stream.of(
                        result.gradients().chosen(),
                        result.gradients().rejected(),
                        result.gradients().prompt())
                .flatMap(Stream::of)
                .forEach(tokens -> assertThat(tokens[0]).isFinite());
    }

    @Test
    void whatALossNeedsMustBeThere() {
        PairBatch plain = PairBatch.of(
                Responses.of(new double[][] {{-1}}, new double[][] {{-1}}),
                Responses.of(new double[][] {{-1}}, new double[][] {{-1}}));
        assertThatThrownBy(() -> PairObjective.of(new Tdpo2(0.1, 0.5)).evaluate(plain, FRESH))
                .hasMessageContaining("sequence KL");
        assertThatThrownBy(() -> PairObjective.of(new Orpo(0.1, 1)).evaluate(plain, FRESH))
                .hasMessageContaining("prompt tokens");
        assertThatThrownBy(() -> Responses.of(new double[][] {{-1, -1}}, new double[][] {{-1}}))
                .hasMessageContaining("1 tokens in response 0 but the policy has 2");
    }

    @Test
    void betaDpoDrawsTheSamePairsAgain() {
        PairBatch batch = batch(23, 10);
        PairObjective objective = PairObjective.of(new BetaDpo(0.1));
        LossState first = objective.advance(batch, FRESH);
        LossState second = objective.advance(batch, first);
        double[] losses = objective.evaluate(batch, first).perPair();
        assertThat(objective.evaluate(batch, first).perPair()).containsExactly(losses);
        assertThat(Arrays.stream(losses).filter(own -> own == 0).boxed())
                .as("a fifth is left out")
                .hasSize(2);
        assertThat(second.draw()).isEqualTo(2);
        assertThat(objective.evaluate(batch, second.forEvaluation()).perPair()).doesNotContain(0);
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

    private static PairBatch batch(long seed, int pairs) {
        Random random = new Random(seed);
        return PairBatch.of(side(random, pairs), side(random, pairs)).withPrompts(tokens(random, pairs));
    }

    private static Responses side(Random random, int pairs) {
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
        return Responses.of(policy, reference).withSequenceKl(kl);
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

    private static double[][] prompts(PairBatch batch) {
        return Objects.requireNonNull(batch.promptPolicy());
    }

    private static double[][] kl(Responses responses) {
        return new double[][] {Objects.requireNonNull(responses.sequenceKl())};
    }

    private static PairBatch part(PairBatch batch, int from, int to) {
        return PairBatch.of(part(batch.chosen(), from, to), part(batch.rejected(), from, to))
                .withPrompts(Arrays.copyOfRange(prompts(batch), from, to));
    }

    private static Responses part(Responses side, int from, int to) {
        return Responses.of(Arrays.copyOfRange(side.policy(), from, to), Arrays.copyOfRange(side.reference(), from, to))
                .withSequenceKl(Arrays.copyOfRange(kl(side)[0], from, to));
    }

    private static PairBatch join(PairBatch first, PairBatch second) {
        return PairBatch.of(join(first.chosen(), second.chosen()), join(first.rejected(), second.rejected()))
                .withPrompts(join(prompts(first), prompts(second)));
    }

    private static Responses join(Responses first, Responses second) {
        return Responses.of(join(first.policy(), second.policy()), join(first.reference(), second.reference()))
                .withSequenceKl(DoubleStream.concat(Arrays.stream(kl(first)[0]), Arrays.stream(kl(second)[0]))
                        .toArray());
    }

    private static double[][] join(double[][] first, double[][] second) {
        return Stream.of(first, second).flatMap(Stream::of).toArray(double[][]::new);
    }
}
