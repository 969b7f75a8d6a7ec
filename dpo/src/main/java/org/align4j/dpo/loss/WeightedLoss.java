package org.align4j.dpo.loss;

/**
 * A loss of a mix, with its weight.
 *
 * @param name as in {@code --loss} and in the metric {@code loss/NAME}
 * @param loss the loss
 * @param weight what its batch mean is multiplied by
 */
public record WeightedLoss(String name, PreferenceLoss loss, double weight) {}
