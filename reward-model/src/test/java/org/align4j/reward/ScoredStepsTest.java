package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ScoredStepsTest {
    /**
     * Four answers. Right, wrong: found. Right, even where right: not found, as even is not called right. Right, right: none, found. Even
     * where wrong: found.
     */
    @Test
    void aStepIsCalledRightWhereThatIsLikelierThanNot() {
        ScoredSteps steps = new ScoredSteps(
                new double[] {2, -1, 1, 0, 3, 0.5, 0},
                new boolean[] {true, false, true, true, true, true, false},
                new int[] {2, 2, 2, 1});
        assertThat(steps.firstErrorsFound()).isEqualTo(3);
        assertThat(steps.agreeing()).isEqualTo(6);
        assertThat(steps.rightSteps()).isEqualTo(5);
        assertThat(steps.size()).isEqualTo(7);
    }
}
