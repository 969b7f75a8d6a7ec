package org.align4j.core.train.options;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;

/** How long a run is: passes over its rows, or optimizer steps. */
public sealed interface Extent {
    /** Returns the optimizer steps of the whole run, given those of one epoch. */
    int totalSteps(int stepsPerEpoch);

    /** Passes over the rows, a fraction too. */
    record Epochs(double count) implements Extent {
        @Override
        public int totalSteps(int stepsPerEpoch) {
            double steps = count * stepsPerEpoch;
            if (steps > Integer.MAX_VALUE) {
                throw new InputException(
                        format("epochs is %s, which is more than %d steps; lower it.", count, Integer.MAX_VALUE));
            }
            return (int) Math.ceil(steps - 1e-9); // 0.1 epochs of 30 steps are 3, not 3.0000000000000004
        }
    }

    /** Optimizer steps, whatever the number of rows. */
    record Steps(int count) implements Extent {
        @Override
        public int totalSteps(int stepsPerEpoch) {
            return count;
        }
    }
}
