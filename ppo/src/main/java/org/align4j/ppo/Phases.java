package org.align4j.ppo;

import java.util.function.Supplier;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.run.StepMetrics;
import org.align4j.ppo.report.PpoFigures;

/** Seconds of a step's phases. */
class Phases {
    private final DeviceGauge clock;
    private StepMetrics seconds = StepMetrics.EMPTY;

    /** @param clock of the device that computes */
    Phases(DeviceGauge clock) {
        this.clock = clock;
    }

    <T> T timed(String phase, Supplier<T> work) {
        long begun = clock.nanoTime();
        T result = work.get();
        seconds = seconds.with(PpoFigures.seconds(phase), (clock.nanoTime() - begun) / 1e9);
        return result;
    }

    StepMetrics seconds() {
        return seconds;
    }
}
