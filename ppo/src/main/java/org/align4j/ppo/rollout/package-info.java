/**
 * A step's responses: drawn by the policy, scored by rewards, laid into forwards and compared with the reference. Entry:
 * {@link org.align4j.ppo.rollout.Experience}. Must not depend on what a policy is moved by.
 *
 * <p>The rewards that come with Align4J, each a {@link org.align4j.core.reward.RewardSource} of its own: rules on the
 * text, a classifier, a service. Must not depend on how policies are trained.
 */
@NullMarked
package org.align4j.ppo.rollout;

import org.jspecify.annotations.NullMarked;
