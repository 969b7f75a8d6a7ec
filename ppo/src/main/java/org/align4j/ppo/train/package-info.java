/**
 * How a step of {@code align ppo} goes: collect, score, compare, credit, improve, report. Entry:
 * {@link org.align4j.ppo.train.PpoTraining}; the steps stand in {@link org.align4j.ppo.train.PpoRecipe}. Losses and credit are plain doubles; what computes on the engine is asked through
 * the policy and the critic.
 */
@NullMarked
package org.align4j.ppo.train;

import org.jspecify.annotations.NullMarked;
