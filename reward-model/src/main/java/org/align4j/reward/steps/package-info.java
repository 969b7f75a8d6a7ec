/**
 * Process reward models, which judge the steps of an answer: {@link org.align4j.reward.steps.StepSupervision} teaches them,
 * {@link org.align4j.reward.steps.ProcessRewardModel} scores answers with them. Must not depend on the reward models of whole answers.
 */
@NullMarked
package org.align4j.reward.steps;

import org.jspecify.annotations.NullMarked;
