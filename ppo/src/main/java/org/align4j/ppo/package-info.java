/**
 * Policy optimisation from rollouts and scores. {@link org.align4j.ppo.Ppo} is the door for Java programs, {@link
 * org.align4j.ppo.PpoMethod} that of the command line.
 *
 * <p>The forwards of a step of {@code align ppo}, wherever they are taken: {@link org.align4j.ppo.PpoForwards}
 * answers for one. It must not depend on how a step goes.
 *
 * <p>The options of {@code align ppo} in groups: rewards, rollouts, how the policy moves, the critic, when to stop.
 * Entry: {@link org.align4j.ppo.PpoOptions}. Knows no tensor.
 *
 * <p>How a step of {@code align ppo} goes: collect, score, compare, credit, improve, report. Entry: {@link
 * org.align4j.ppo.PpoTraining}; the steps are in {@link org.align4j.ppo.PpoRecipe}. Losses and credit are
 * plain doubles; what computes on the engine is asked through the policy and the critic.
 */
@NullMarked
package org.align4j.ppo;

import org.jspecify.annotations.NullMarked;
