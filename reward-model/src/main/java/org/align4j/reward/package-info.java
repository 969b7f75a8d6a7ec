/**
 * Reward models: {@link org.align4j.reward.RewardMethod} trains them, {@link org.align4j.reward.ScoreCommand} scores
 * rows with them, {@link org.align4j.reward.RewardModel} scores responses for other methods and is, with {@link
 * org.align4j.reward.RewardModeling}, the door for Java programs. Must not depend on other methods.
 *
 * <p>What a reward model must beat to be worth its weights: {@link org.align4j.reward.LengthBaseline} and
 * {@link org.align4j.reward.NgramBaseline}. Plain token rows; must not depend on models or tensors.
 *
 * <p>Figures of reward benches from scores alone: accuracy by subset, RewardBench's sections and ties score; {@link
 * org.align4j.reward.BenchFigures} is the entry. Must not depend on models, training or sessions.
 *
 * <p>What a reward model minimises, in plain doubles; entry type {@link org.align4j.reward.RewardLoss}. It must not
 * depend on models or tensors.
 *
 * <p>Process reward models, which score the steps of an answer: {@link org.align4j.reward.StepSupervision} teaches
 * them, {@link org.align4j.reward.ProcessRewardModel} scores answers with them. Must not depend on the reward
 * models of whole answers.
 *
 * <p>What the scores of rows come to: {@link org.align4j.reward.PairTally} and {@link
 * org.align4j.reward.StepAnswers.StepTally}. Must not depend on models.
 *
 * <p>Training of models of scores, whatever their rows: a step is in {@link org.align4j.reward.RewardRecipe},
 * {@link org.align4j.reward.RewardTraining} takes such steps within a run, {@link
 * org.align4j.reward.Supervision} is what differs between the kinds of rows. Must not depend on any kind.
 */
@NullMarked
package org.align4j.reward;

import org.jspecify.annotations.NullMarked;
