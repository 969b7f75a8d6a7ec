/**
 * Training of models of scores, whatever their rows: {@link org.align4j.reward.train.RewardTraining} trains,
 * {@link org.align4j.reward.train.Supervision} is what differs between the kinds. Must not depend on any kind.
 */
@NullMarked
package org.align4j.reward.train;

import org.jspecify.annotations.NullMarked;
