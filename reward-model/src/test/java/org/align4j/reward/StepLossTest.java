package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.align4j.reward.StepSupervision.StepLoss;
import org.align4j.reward.Supervision.LossShare;
import org.junit.jupiter.api.Test;

class StepLossTest {
    private static final double LN_3 = Math.log(3);

    /**
     * Odds 3:1 for right, 3:1 for right, even. Right costs −ln ¾ = 0.287682, wrong −ln ¼ = 1.386294, even ln 2 = 0.693147; their mean
     * is 0.789041, that of the first answer's two 0.836988. Derivatives: ¾ − 1, ¾ − 0, ½ − 1, each over 3.
     */
    @Test
    void byHand() {
        ScoredSteps steps =
                new ScoredSteps(new double[] {LN_3, LN_3, 0}, new boolean[] {true, false, true}, new int[] {2, 1});
        LossShare result = StepLoss.evaluate(steps, 3);
        assertThat(result.perRow()).containsExactly(new double[] {0.83698822, 0.69314718}, within(1e-8));
        assertThat(result.loss()).isCloseTo(0.78904120, within(1e-8));
        assertThat(result.gradient().get(0)).containsExactly(new double[] {-0.25 / 3, 0.25}, within(1e-12));
        assertThat(result.gradient().get(1)).containsExactly(new double[] {-0.5 / 3}, within(1e-12));
        assertThat(steps.agreeing()).isEqualTo(1);
        assertThat(steps.rightSteps()).isEqualTo(2);
        assertThat(steps.probabilities()).containsExactly(new double[] {0.75, 0.75, 0.5}, within(1e-12));
    }

    @Test
    void partsAddUpToTheWhole() {
        ScoredSteps whole = new ScoredSteps(
                new double[] {0.3, -2, 1.5, 40}, new boolean[] {true, false, false, false}, new int[] {3, 1});
        ScoredSteps first =
                new ScoredSteps(new double[] {0.3, -2, 1.5}, new boolean[] {true, false, false}, new int[] {3});
        ScoredSteps second = new ScoredSteps(new double[] {40}, new boolean[] {false}, new int[] {1});
        assertThat(StepLoss.evaluate(first, 4).loss()
                        + StepLoss.evaluate(second, 4).loss())
                .isCloseTo(StepLoss.evaluate(whole, 4).loss(), within(1e-12));
        assertThat(StepLoss.evaluate(second, 1).loss()).isCloseTo(40, within(1e-12));
    }

    /** Answers: right as told (found), the second wrong (found), the second wrong but the first called so, none wrong but one called so. */
    @Test
    void firstErrors() {
        ScoredSteps steps = new ScoredSteps(
                new double[] {1, 1, 1, -1, -1, -1, 1, -1},
                new boolean[] {true, true, true, false, true, false, true, true},
                new int[] {2, 2, 2, 2});
        assertThat(steps.firstErrorsFound()).isEqualTo(2);
    }
}
