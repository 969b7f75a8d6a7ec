/**
 * What responses are scored by: a rule, a classifier, a service, a reward model. Entry:
 * {@link org.align4j.core.reward.RewardFunction}; {@link org.align4j.core.reward.RewardSource} is how another module brings
 * its own kinds under {@code --reward}, {@link org.align4j.core.reward.Rewards} finds them. Must not depend on training.
 */
@NullMarked
package org.align4j.core.reward;

import org.jspecify.annotations.NullMarked;
