package org.align4j.ppo.loss;

import java.io.Serializable;

/**
 * A value loss and its derivatives; for a part of a batch, its share.
 *
 * @param loss the batch loss
 * @param gradients {@code [B][P]} with respect to the critic's values
 * @param clippedPositions positions whose loss the clip made larger; divided by the batch's positions, {@code
 *     value/clip_fraction}
 */
@SuppressWarnings("ArrayRecordComponent")
public record ValueResult(double loss, double[][] gradients, long clippedPositions) implements Serializable {}
