package org.align4j.core.train.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.align4j.core.train.options.UpdateOptions.Schedule;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    /** As transformers has it: of ten steps the first gets the whole rate, and with warm-up the first gets none. */
    @Test
    void theRateOfEachStep() {
        double[] linear = new double[10];
        for (int step = 1; step <= 10; step++) {
            linear[step - 1] = Schedule.LINEAR.factor(step, 0, 10);
        }
        assertThat(linear)
                .containsExactly(new double[] {1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1}, within(1e-12));
        assertThat(Schedule.LINEAR.factor(1, 2, 6)).isZero();
        assertThat(Schedule.LINEAR.factor(2, 2, 6)).isEqualTo(0.5);
        assertThat(Schedule.LINEAR.factor(3, 2, 6)).isEqualTo(1);
        assertThat(Schedule.LINEAR.factor(6, 2, 6)).isEqualTo(0.25);
        assertThat(Schedule.COSINE.factor(6, 0, 10)).isCloseTo(0.5, within(1e-12));
        assertThat(Schedule.CONSTANT.factor(10, 0, 10)).isEqualTo(1);
    }
}
