package org.align4j.core.train;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.policy.Round;

/** What a method minimises, whose step is one gradient: the gradient of a batch of its rows, besides what every method has. */
public interface Objective extends TrainedMethod {
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

    /** Computes what steps are judged by and none of them changes, a reference's scores, before the first step. */
    default void prepare() {}

    /** Tells where the run lies, before its first step: what a method leaves for the report stands there. */
    default void keepIn(Path run) {}

    /** The step was applied: what the objective remembers from step to step (a running mean, a reference) moves on. */
    default void commit(StepPlan plan) {}

    /** The step was not applied and the run goes on with the next: what follows its number alone (a reference) moves on. */
    default void passOver(StepPlan plan) {}
}
