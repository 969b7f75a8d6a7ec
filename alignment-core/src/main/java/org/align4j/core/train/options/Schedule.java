package org.align4j.core.train.options;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;

/** How the learning rate goes from step to step, as in {@code transformers}: step 1 has the schedule's first value. */
public enum Schedule {
    /** The rate goes up during warm-up, then down to 0 in a straight line. */
    LINEAR {
        @Override
        double after(double progress) {
            return 1 - progress;
        }
    },
    /** The rate goes up during warm-up, then down to 0 along half a cosine. */
    COSINE {
        @Override
        double after(double progress) {
            return 0.5 * (1 + Math.cos(Math.PI * progress));
        }
    },
    /** The rate goes up during warm-up and stays level. */
    CONSTANT {
        @Override
        double after(double progress) {
            return 1;
        }
    };

    abstract double after(double progress);

    /**
     * The share of the peak learning rate that a step gets.
     *
     * @param step the step's number, from 1
     * @param warmupSteps steps of warm-up; with any, step 1 gets 0
     * @param totalSteps steps of the whole run
     * @return 0 to 1
     */
    public double factor(int step, int warmupSteps, int totalSteps) {
        if (step < 1 || step > totalSteps) {
            throw new InputException(format(
                    "step is %d but must be between 1 and the run's %d steps; resume with more max-steps to go further.",
                    step, totalSteps));
        }
        int done = step - 1;
        if (done < warmupSteps) {
            return (double) done / warmupSteps;
        }
        return after((double) (done - warmupSteps) / (totalSteps - warmupSteps));
    }
}
