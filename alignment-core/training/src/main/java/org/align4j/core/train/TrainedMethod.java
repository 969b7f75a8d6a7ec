package org.align4j.core.train;

import java.util.List;
import org.align4j.core.files.Saved;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.verdict.EvaluatedRows;
import org.jspecify.annotations.Nullable;

/** What the loop must know of a method besides how it takes a step: its rows, its evaluation, the state it must keep. */
public interface TrainedMethod {
    /** Counts the training rows. */
    int rows();

    /** The number by which users know a training row: its 0-based place in the input. */
    int inputRow(int row);

    /** Tokens in one forward of {@link #evaluate} and of its steps, asked again each time they are planned. */
    TokenBudget budget();

    /** Whether there are evaluation rows. */
    boolean evaluates();

    /** The figures over all evaluation rows, without the {@code eval_} prefix, and of each row. Changes nothing. */
    Evaluation evaluate();

    /**
     * All steps are done: computes what the run leaves next to the weights. May be cut short by a {@link
     * org.align4j.core.stop.StoppedException}; a resumed run asks again.
     */
    default void finish() {}

    /** Everything a checkpoint must hold to go on exactly: the weights, the optimizer, the method's own memory. */
    List<Saved> parts();

    /** Returns the clock and the memory of what computes the steps; the processor's where nobody says. */
    default DeviceGauge device() {
        return DeviceGauge.PROCESSOR;
    }

    /**
     * Holds the figures of one evaluation.
     *
     * @param metrics over all held-out rows and the general text, without the {@code eval_} prefix
     * @param rows of each held-out row; null where there is none
     */
    public record Evaluation(StepMetrics metrics, @Nullable EvaluatedRows rows) {}
}
