/**
 * Reward models: {@link org.align4j.reward.RewardCommand} trains them, {@link org.align4j.reward.ScoreCommand} scores rows with
 * them, {@link org.align4j.reward.RewardModel} scores responses for other methods and is, with {@link org.align4j.reward.RewardModeling}, the
 * door for Java programs. Must not depend on other methods.
 */
@NullMarked
package org.align4j.reward;

import org.jspecify.annotations.NullMarked;
