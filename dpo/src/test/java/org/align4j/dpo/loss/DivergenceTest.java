package org.align4j.dpo.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairTerms.Divergence;
import org.junit.jupiter.api.Test;

class DivergenceTest {
    private static double[] scores(Divergence divergence, double... logRatios) {
        return divergence.score(new Tape().constant(logRatios)).values();
    }

    /** α 1.5: {@code (e^(u/2) - 1) / 0.5}, whose exponent u/2 stops at 80, u at 160. */
    @Test
    void theExponentOfTheAlphaDivergenceIsAtMostEighty() {
        double[] scores = scores(Divergence.alpha(1.5), 0, 2, 158, 160, 162, 1e6);
        double largest = 2 * Math.expm1(80);
        assertThat(scores[0]).isZero();
        assertThat(scores[1]).isCloseTo(2 * Math.expm1(1), within(1e-12));
        assertThat(scores[2]).isCloseTo(2 * Math.expm1(79), within(1e20));
        assertThat(scores).endsWith(largest, largest, largest);
    }

    /** Beyond the bound a score no longer moves; α 0.5 has its bound where the policy finds an answer less likely. */
    @Test
    void beyondTheBoundThereIsNoGradient() {
        Tape tape = new Tape();
        Var logRatios = tape.variable(-170, -150, 10);
        tape.backward(Divergence.alpha(0.5).score(logRatios).sum());
        assertThat(logRatios.gradient()[0]).isZero();
        assertThat(logRatios.gradient()[1]).isCloseTo(Math.exp(75), within(1e20));
        assertThat(logRatios.gradient()[2]).isCloseTo(Math.exp(-5), within(1e-12));
    }

    /** Where α is next to 1 the quotient would lose all digits. */
    @Test
    void alphaOneIsTheLogRatioItself() {
        assertThat(scores(Divergence.alpha(1), 3, -2)).containsExactly(3, -2);
        assertThat(scores(Divergence.alpha(1 + 1e-9), 3, -2)).containsExactly(3, -2);
    }

    /** {@code 1 - e^-u} and {@code log 2 + log σ(u)}: both are 0 at 0 and rise with u. */
    @Test
    void forwardKlAndJensenShannonByHand() {
        assertThat(scores(Divergence.FORWARD_KL, 0, Math.log(4)))
                .containsExactly(new double[] {0, 0.75}, within(1e-15));
        assertThat(scores(Divergence.JENSEN_SHANNON, 0, Math.log(3)))
                .containsExactly(new double[] {0, Math.log(1.5)}, within(1e-15));
    }
}
