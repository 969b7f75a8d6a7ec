package org.align4j.reward;

import java.io.Serializable;
import java.util.List;

/**
 * What a loss makes of some rows of a batch: the shares of all parts add up to the batch's loss, and their gradients are its gradient.
 *
 * @param loss the rows' share of the mean over the batch
 * @param perRow {@code [B]} each row's loss
 * @param gradient {@code [B][]} derivatives of the batch's loss with respect to each row's scores, in their order
 */
@SuppressWarnings("ArrayRecordComponent")
record LossShare(double loss, double[] perRow, List<double[]> gradient) implements Serializable {}
