package org.align4j.core.train;

import java.util.Arrays;
import java.util.Set;

/**
 * What one optimizer step is to compute: fixed by seed, epoch and step alone, so a resumed run plans the same.
 *
 * @param step the step's number, from 1
 * @param epoch epochs done after this step, as a fraction
 * @param seed the seed of this step's random numbers (dropout); the same whenever the step is computed
 * @param rows training rows of the whole batch, 0-based among the rows used, in order; the last batch of an epoch may be
 *     short
 */
@SuppressWarnings("ArrayRecordComponent")
public record StepPlan(int step, double epoch, long seed, int[] rows) {
    /** Returns this plan without some rows. */
    StepPlan without(Set<Integer> others) {
        return others.isEmpty()
                ? this
                : new StepPlan(
                        step,
                        epoch,
                        seed,
                        Arrays.stream(rows).filter(row -> !others.contains(row)).toArray());
    }
}
