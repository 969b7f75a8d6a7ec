package org.align4j.core;

import static org.align4j.core.error.RootFormat.format;

/**
 * Hears how a training goes on, on the thread that trains. What it throws ends the training; the last whole step is saved.
 */
@FunctionalInterface
public interface TrainingListener {
    /** Hears nothing. */
    TrainingListener NONE = step -> {};

    /** A step was taken. */
    void step(Step step);

    /** The evaluation rows were evaluated; the figures' names begin with {@code eval_}. */
    default void evaluated(Step evaluation) {}

    /** A sentence for a person, as the command line would log it: what was found in the rows, a warning, where a checkpoint stands. */
    default void note(String sentence) {}

    /**
     * An optimizer step that was taken.
     *
     * @param number from 1; after how many steps, for an evaluation
     * @param total steps that the run is to have
     * @param figures of the step, or of the evaluation
     */
    record Step(int number, int total, FigureValues figures) {
        /** Writes the step and its first figures in one line. */
        @Override
        public String toString() {
            return format("Step[%d of %d, %s]", number, total, figures.text());
        }
    }
}
