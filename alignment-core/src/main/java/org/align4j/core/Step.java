package org.align4j.core;

import static org.align4j.core.error.RootFormat.format;

/**
 * An optimizer step that was taken.
 *
 * @param number from 1; after how many steps, for an evaluation
 * @param total steps that the run is to have
 * @param figures of the step, or of the evaluation
 */
public record Step(int number, int total, FigureValues figures) {
    /** Writes the step and its first figures in one line. */
    @Override
    public String toString() {
        return format("Step[%d of %d, %s]", number, total, figures.text());
    }
}
