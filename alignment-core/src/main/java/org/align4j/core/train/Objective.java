package org.align4j.core.train;

import java.util.List;
import java.util.OptionalLong;
import org.align4j.core.machine.Memory;
import org.align4j.core.run.Saved;
import org.align4j.core.run.StepMetrics;

/** What a method minimises: its rows, the gradient of a batch of them, its evaluation, the state it must keep. */
public interface Objective {
    /** How many training rows there are. */
    int rows();

    /** The number by which users know a training row: its 0-based place in the input. */
    int inputRow(int row);

    /**
     * Computes the gradient of the batch's loss, starting from zero gradients whatever was computed before. May be cut
     * short by a {@link org.align4j.core.stop.StoppedException} at any kernel; changes nothing that a checkpoint holds
     * except in {@link #commit(StepPlan)}.
     */
    StepOutcome accumulate(StepPlan plan);

    /** The step was applied: what the objective remembers from step to step (a running mean, a reference) moves on. */
    default void commit(StepPlan plan) {}

    /** Whether there are evaluation rows. */
    boolean evaluates();

    /** The figures over all evaluation rows, without the {@code eval_} prefix. Changes nothing. */
    StepMetrics evaluate();

    /** Everything a checkpoint must hold to go on exactly: the weights, the optimizer, the objective's own memory. */
    List<Saved> parts();

    /** Peak memory so far: resident bytes of the process, or the device's bytes; NaN where no one knows. */
    default double peakMemoryBytes() {
        OptionalLong peak = Memory.current().peak();
        return peak.isPresent() ? (double) peak.getAsLong() : Double.NaN;
    }
}
