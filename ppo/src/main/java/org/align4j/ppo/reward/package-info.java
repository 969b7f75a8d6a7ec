/**
 * The rewards that come with Align4J, each a {@link org.align4j.core.reward.RewardSource} of its own: rules on the text, a
 * classifier, a service. Must not depend on how policies are trained.
 */
@NullMarked
package org.align4j.ppo.reward;

import org.jspecify.annotations.NullMarked;
