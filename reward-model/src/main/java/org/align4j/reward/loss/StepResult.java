package org.align4j.reward.loss;

/**
 * What the loss makes of a batch of steps, or of a part: then {@code loss} and gradient are shares of the whole batch's, and the
 * shares add up.
 *
 * @param loss the mean over the steps of the batch
 * @param perStep {@code [S]} each step's loss
 * @param gradient {@code [S]} derivatives of {@code loss} with respect to the log-odds
 */
@SuppressWarnings("ArrayRecordComponent")
public record StepResult(double loss, double[] perStep, double[] gradient) {}
