package org.align4j.core.train;

import org.align4j.core.error.NotFiniteException;

/**
 * A step whose loss or gradient is not finite, or before which a weight or a moment is not. Nothing of it was applied, and
 * everything that a checkpoint holds is as it was.
 */
public final class NotFiniteStep extends NotFiniteException {
    private static final long serialVersionUID = 1L;

    private final transient StepOutcome outcome;
    private final double gradientNorm;
    private final int[] rows;
    private final boolean ofState;

    private NotFiniteStep(String sentence, StepOutcome outcome, double gradientNorm, int[] rows, boolean ofState) {
        super(sentence);
        this.outcome = outcome;
        this.gradientNorm = gradientNorm;
        this.rows = rows;
        this.ofState = ofState;
    }

    /**
     * Makes an error for which the rows of a step are to blame.
     *
     * @param sentence what was found, and what a person may do
     * @param outcome its loss, and the tokens computed for it
     * @param gradientNorm before clipping
     * @param rows places of those to blame among the training rows; none where all of the step's may be
     */
    public static NotFiniteStep ofRows(String sentence, StepOutcome outcome, double gradientNorm, int[] rows) {
        return new NotFiniteStep(sentence, outcome, gradientNorm, rows, false);
    }

    /**
     * Makes one that the weights or moments before it are to blame for.
     *
     * @param damage as {@link org.align4j.core.optimizer.OptimizerStep#damage} names it
     */
    public static NotFiniteStep ofState(String damage, int step, StepOutcome outcome, double gradientNorm) {
        String sentence = damage + " is not finite before step " + step + ". The step was not applied, nothing was"
                + " saved; resume goes on from the last checkpoint.";
        return new NotFiniteStep(sentence, outcome, gradientNorm, new int[0], true);
    }

    StepOutcome outcome() {
        return outcome;
    }

    double gradientNorm() {
        return gradientNorm;
    }

    /** Places of the rows to blame among a step's, or all of these. */
    int[] offendingRows(int[] ofStep) {
        return rows.length > 0 ? rows : ofStep;
    }

    boolean isOfState() {
        return ofState;
    }
}
