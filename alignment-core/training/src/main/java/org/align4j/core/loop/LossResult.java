package org.align4j.core.loop;

/**
 * The result of a loss over sequences: its figures, and the scores that they rest on.
 *
 * @param figures the loss, a sum over all targets, with what there is to report of it
 * @param scores what the policy said of the sequences before the step
 */
public record LossResult(TokenLoss.Figures figures, SequenceScores scores) {
    /** Returns the sum of the loss over all targets. */
    public double loss() {
        return figures.loss();
    }
}
