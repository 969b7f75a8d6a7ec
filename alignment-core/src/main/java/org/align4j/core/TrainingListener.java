package org.align4j.core;

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
}
