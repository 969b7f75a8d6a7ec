package org.align4j.examples.lessons.parts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.junit.jupiter.api.Test;

class SharesTest {
    /** Newcombe 1998, table II, method 10, example (a): 56/70 against 48/80 gives 0.0524 to 0.3339. */
    @Test
    void theIntervalIsThatOfThePaper() {
        Interval difference = Shares.difference(new Proportion(56, 70), new Proportion(48, 80));
        assertThat(difference.low()).isCloseTo(0.0524, within(5e-5));
        assertThat(difference.high()).isCloseTo(0.3339, within(5e-5));
    }

    @Test
    void whatChanceMayExplainIsSaid() {
        assertThat(Shares.compared("DPO", new Proportion(56, 70), "PPO", new Proportion(48, 80)))
                .isEqualTo("DPO 80 %, PPO 60 %: a difference of 20 points (5 to 33), more than chance explains.");
        assertThat(Shares.compared("DPO", new Proportion(30, 60), "PPO", new Proportion(33, 60)))
                .isEqualTo("DPO 50 %, PPO 55 %: a difference of -5 points (-22 to 13), which chance may explain.");
    }
}
