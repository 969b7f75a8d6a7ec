/**
 * Training of models of scores, whatever their rows: a step stands in {@link org.align4j.reward.train.RewardRecipe},
 * {@link org.align4j.reward.train.RewardTraining} takes such steps within a run, {@link org.align4j.reward.train.Supervision} is
 * what differs between the kinds of rows. Must not depend on any kind.
 */
@NullMarked
package org.align4j.reward.train;

import org.jspecify.annotations.NullMarked;
