/**
 * What reinforcement learning from rollouts minimises, in plain doubles: clipped policy and value losses, and the losses
 * of groups; entry types {@link org.align4j.ppo.loss.PolicyLoss} and {@link org.align4j.ppo.loss.ValueLoss}. Rows are
 * ragged: a response has as many numbers as it has tokens, and nothing is padded.
 *
 * <p>From scores to advantages, in plain doubles: KL penalties, where a score counts, generalised advantage estimation,
 * baselines within a group, whitening; entry type {@link org.align4j.ppo.loss.TokenRewards}. Rows are ragged: a
 * response has as many numbers as it has tokens, and nothing is padded.
 */
@NullMarked
package org.align4j.ppo.loss;

import org.jspecify.annotations.NullMarked;
