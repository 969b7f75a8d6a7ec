package org.align4j.ppo.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.align4j.ppo.loss.PolicyLoss.Clip;
import org.align4j.ppo.loss.PolicyLoss.RatioLevel;
import org.align4j.ppo.loss.PolicyLoss.ReferencePenalty;
import org.align4j.ppo.loss.PolicyLoss.Surrogate;
import org.align4j.ppo.loss.PolicyResult.Rollouts;
import org.align4j.ppo.loss.ValueLoss.ValueResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PolicyLossLawsTest {
    private static final double[][] POLICY = {{-1, -0.4, -2}, {-0.7, -1.5}};
    private static final double[][] OLD = {{-1.1, -0.9, -1.2}, {-0.75, -1.3}};
    private static final double[][] ADVANTAGES = {{1, 1, 1}, {-0.5, -0.5}};
    private static final double[][] REFERENCE = {{-1, -1, -1}, {-1, -1}};

    static Stream<PolicyLoss> all() {
        Clip dual = new Clip(0.2, 0.3, OptionalDouble.of(1.5), OptionalDouble.of(3));
        ReferencePenalty penalty = new ReferencePenalty(0.1, true);
        return Stream.of(
                new PolicyLoss(RatioLevel.TOKEN, Clip.of(0.2), ReferencePenalty.NONE, Averaging.TOKENS),
                new PolicyLoss(RatioLevel.TOKEN, dual, penalty, Averaging.RESPONSES),
                new PolicyLoss(RatioLevel.SEQUENCE_MEAN, dual, penalty, Averaging.RESPONSE_SUMS),
                new PolicyLoss(RatioLevel.SEQUENCE_SUM, Clip.of(0.4), ReferencePenalty.NONE, Averaging.longest(8)),
                new PolicyLoss(RatioLevel.TOKEN, new Sapo(0.8, 1.3), penalty, Averaging.TOKENS));
    }

    private static Rollouts rollouts(double[][] policy) {
        return new Rollouts(policy, OLD, ADVANTAGES, REFERENCE);
    }

    @ParameterizedTest
    @MethodSource("all")
    void gradientsAreCentralDifferences(PolicyLoss loss) {
        double[][] gradients = loss.evaluate(rollouts(POLICY)).gradients();
        for (int i = 0; i < POLICY.length; i++) {
            for (int t = 0; t < POLICY[i].length; t++) {
                double slope = (moved(loss, i, t, 1e-6) - moved(loss, i, t, -1e-6)) / 2e-6;
                assertThat(gradients[i][t]).isCloseTo(slope, within(1e-8));
            }
        }
    }

    private static double moved(PolicyLoss loss, int i, int t, double by) {
        double[][] policy = {POLICY[0].clone(), POLICY[1].clone()};
        policy[i][t] += by;
        return loss.evaluate(rollouts(policy)).loss();
    }

    @ParameterizedTest
    @MethodSource("all")
    void partsAddUp(PolicyLoss loss) {
        Averaging.Totals totals = Averaging.Totals.of(POLICY);
        double sum = 0;
        for (int i = 0; i < POLICY.length; i++) {
            Rollouts part = new Rollouts(
                    new double[][] {POLICY[i]},
                    new double[][] {OLD[i]},
                    new double[][] {ADVANTAGES[i]},
                    new double[][] {REFERENCE[i]});
            sum += loss.evaluate(part, totals).loss();
        }
        assertThat(sum).isCloseTo(loss.evaluate(rollouts(POLICY)).loss(), within(1e-15));
    }

    @Test
    void anUnmovedPolicyHasRatioOneAndThePlainGradient() {
        PolicyResult result = new PolicyLoss(RatioLevel.TOKEN, Clip.of(0.2), ReferencePenalty.NONE, Averaging.TOKENS)
                .evaluate(rollouts(OLD));
        assertThat(result.ratios()[0]).containsOnly(1);
        assertThat(result.approximateKlSum()).isZero();
        assertThat(result.gradients()[0]).containsOnly(-1.0 / 5);
        assertThat(result.gradients()[1]).containsOnly(0.5 / 5);
        assertThat(result.loss()).isCloseTo(-(3 - 1) / 5.0, within(1e-15));
    }

    /** Ratio e² ≈ 7.39 with advantage −0.5: the loss would be 3.69, the ceiling is 3 · 0.5. */
    @Test
    void theDualClipBoundsTheLossOfABadResponse() {
        double[][] one = {{-1}};
        Rollouts rollouts = new Rollouts(one, new double[][] {{-3}}, new double[][] {{-0.5}}, null);
        Clip plain = Clip.of(0.2);
        Clip dual = new Clip(0.2, 0.2, OptionalDouble.empty(), OptionalDouble.of(3));
        assertThat(loss(plain, rollouts)).isCloseTo(0.5 * Math.exp(2), within(1e-12));
        assertThat(loss(dual, rollouts)).isEqualTo(1.5);
        assertThatThrownBy(() -> new Clip(0.2, 0.2, OptionalDouble.empty(), OptionalDouble.of(1)))
                .hasMessageContaining("dual-clip is 1.0");
    }

    /** At ratio 1 the gate is {@code σ(0) 4 / τ = 2 / τ}: -1 · 2/4 where the advantage is 1, 0.5 · 2/8 where it is -0.5. */
    @Test
    void sapoTakesItsTemperatureByTheSignOfTheAdvantage() {
        Sapo sapo = new Sapo(4, 8);
        double[][] one = {{-1}};
        assertThat(loss(sapo, new Rollouts(one, one, new double[][] {{1}}, null)))
                .isEqualTo(-0.5);
        assertThat(loss(sapo, new Rollouts(one, one, new double[][] {{-0.5}}, null)))
                .isEqualTo(0.125);
        assertThat(loss(sapo, new Rollouts(one, one, new double[][] {{0}}, null)))
                .isZero();
    }

    /** Ratio 2: {@code φ = e^λ 2^k e^(-2λ)}, which for k 2, λ 1 is 4/e and for k 3, λ 2 is 8/e²; times 1 · log π = -1. */
    @Test
    void vespoTakesItsWeightByTheSignOfTheAdvantage() {
        Vespo vespo = new Vespo(new Vespo.Weight(2, 1), new Vespo.Weight(3, 2));
        double[][] now = {{-1}};
        double[][] old = {{-1 - Math.log(2)}};
        assertThat(loss(vespo, new Rollouts(now, old, new double[][] {{1}}, null)))
                .isCloseTo(4 / Math.E, within(1e-12));
        assertThat(loss(vespo, new Rollouts(now, old, new double[][] {{-1}}, null)))
                .isCloseTo(-8 / (Math.E * Math.E), within(1e-12));
    }

    private static double loss(Surrogate clip, Rollouts rollouts) {
        return new PolicyLoss(RatioLevel.TOKEN, clip, ReferencePenalty.NONE, Averaging.TOKENS)
                .evaluate(rollouts)
                .loss();
    }

    @Test
    void theValueLossDoesNotRewardLeavingTheOldValue() {
        double[][] old = {{0, 0}};
        double[][] returns = {{1, 1}};
        ValueResult result = new ValueLoss(0.2).evaluate(new double[][] {{0.1, 0.9}}, old, returns, 2);
        assertThat(result.loss()).isCloseTo(0.5 * (0.81 + 0.64) / 2, within(1e-15));
        assertThat(result.gradients()[0]).containsExactly(new double[] {-0.45, 0}, within(1e-15));
        assertThat(result.clippedPositions()).isEqualTo(1);
    }

    @Test
    void rowsThatDontFitAreRefused() {
        assertThatThrownBy(() -> new Rollouts(POLICY, OLD, new double[][] {{1}, {1, 1}}, null))
                .hasMessageContaining("advantages");
    }
}
