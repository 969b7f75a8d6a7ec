package org.align4j.core;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.run.RunEvent;
import org.align4j.core.run.StepMetrics;

/**
 * Hears how a training goes on, on the thread that trains: of its steps as a lambda, of its evaluations, and of every {@link RunEvent} where {@link
 * #hear} is overridden. What it throws ends the training; the last whole step is saved.
 */
@FunctionalInterface
public interface TrainingListener {
    /** Hears nothing. */
    TrainingListener NONE = step -> {};

    /** Reports that an optimizer step was taken. */
    void step(Step step);

    /** The evaluation rows were evaluated; the figures' names begin with {@code eval_}. */
    default void evaluated(Step evaluation) {}

    /** Something happened; calls {@link #step} and {@link #evaluated} with what is theirs. */
    default void hear(RunEvent event) {
        if (event instanceof RunEvent.Step taken) {
            step(Step.of(taken.step(), taken.totalSteps(), taken.metrics()));
        } else if (event instanceof RunEvent.Evaluated done) {
            evaluated(Step.of(done.step(), done.totalSteps(), done.metrics()));
        }
    }

    /**
     * An optimizer step that was taken.
     *
     * @param number from 1; after how many steps, for an evaluation
     * @param total steps that the run is to have
     * @param figures of the step, or of the evaluation
     */
    record Step(int number, int total, FigureValues figures) {
        private static Step of(int number, int total, StepMetrics metrics) {
            return new Step(number, total, new FigureValues(metrics.values()));
        }

        /** Writes the step and its first figures in one line. */
        @Override
        public String toString() {
            return format("Step[%d of %d, %s]", number, total, figures.text());
        }
    }
}
