/**
 * What a reward model minimises, in plain doubles; entry type {@link org.align4j.reward.loss.RewardLoss}. It must not
 * depend on models or tensors.
 */
@NullMarked
package org.align4j.reward.loss;

import org.jspecify.annotations.NullMarked;
