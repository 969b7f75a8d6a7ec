package org.align4j.ppo.train;

import java.util.function.Supplier;
import org.align4j.core.run.StepMetrics;
import org.align4j.ppo.report.PpoFigures;

/** Seconds of a step's phases. */
class Phases {
    private StepMetrics seconds = StepMetrics.EMPTY;

    <T> T timed(String phase, Supplier<T> work) {
        long begun = System.nanoTime();
        T result = work.get();
        seconds = seconds.with(PpoFigures.seconds(phase), (System.nanoTime() - begun) / 1e9);
        return result;
    }

    StepMetrics seconds() {
        return seconds;
    }
}
