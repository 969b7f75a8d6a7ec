package org.align4j.core.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.data.PairTokens;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.Rehearsal;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.Timetable.StepPlan;
import org.junit.jupiter.api.Test;

class StepFiguresTest {
    private static StepFigures steps(double... seconds) {
        StepOutcome outcome = new StepOutcome(0.5, new double[] {0.5}, StepMetrics.EMPTY, 30, 0);
        List<Rehearsal.Step> steps = Arrays.stream(seconds)
                .mapToObj(each -> new Rehearsal.Step(new StepPlan(1, 0, 1, new int[] {0, 0}), outcome, each, 0.1))
                .toList();
        PairTokens pair = new PairTokens(0, new int[] {1}, new int[] {2}, new int[] {3}, null);
        return new StepFigures(steps, List.of(), List.of(pair), 1);
    }

    /** 1, 2, 4 and 9 s: the two in the middle have the mean 3; two pairs a step, 8 in 16 s. */
    @Test
    void theMedianOfAnEvenNumberIsBetweenTheTwoInTheMiddle() {
        assertThat(steps(9, 1, 4, 2).speed())
                .containsEntry("median_step_seconds", 3.0)
                .containsEntry("pairs", 8)
                .containsEntry("pairs_per_second", 0.5)
                .containsEntry("tokens_per_second", 7.5);
        assertThat(steps(9, 1, 4).speed()).containsEntry("median_step_seconds", 4.0);
    }
}
