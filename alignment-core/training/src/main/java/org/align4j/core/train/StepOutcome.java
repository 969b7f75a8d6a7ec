package org.align4j.core.train;

import org.align4j.core.run.StepMetrics;

/**
 * What the gradient of one batch came with.
 *
 * @param loss the loss that was differentiated: the mean over the whole batch
 * @param rowLosses each row's own share, aligned with the plan's rows, so that a loss that isn't finite names its rows;
 *     empty where a loss has no such shares
 * @param metrics the method's other figures, without {@code loss}
 * @param tokens tokens computed in this step's training forwards
 * @param paddingTokens padding among them
 */
@SuppressWarnings("ArrayRecordComponent")
public record StepOutcome(double loss, double[] rowLosses, StepMetrics metrics, long tokens, long paddingTokens) {}
