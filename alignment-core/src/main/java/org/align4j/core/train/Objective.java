package org.align4j.core.train;

import java.util.List;
import org.align4j.core.policy.round.Round;

/** What a method minimises, whose step is one gradient: the gradient of a batch of its rows, besides what every method has. */
public interface Objective extends TrainedMethod {
    /** The number by which users know a training row: its 0-based place in the input. */
    int inputRow(int row);

    /**
     * Computes the gradient of the batch's loss, starting from zero gradients whatever was computed before. May be cut
     * short by a {@link org.align4j.core.stop.StoppedException} at any kernel; changes nothing that a checkpoint holds
     * except in {@link #commit(StepPlan)}.
     */
    StepOutcome accumulate(StepPlan plan);

    /**
     * The forwards that rows become as one step, with their places among all training rows; none where a method can't tell
     * them beforehand.
     */
    default List<Forward> forwards(int[] rows) {
        return List.of();
    }

    /** The rounds whose forwards {@link #accumulate} and {@link #evaluate} take, for those who take them elsewhere. */
    default List<Round<?, ?>> rounds() {
        return List.of();
    }

    /** The step was applied: what the objective remembers from step to step (a running mean, a reference) moves on. */
    default void commit(StepPlan plan) {}
}
