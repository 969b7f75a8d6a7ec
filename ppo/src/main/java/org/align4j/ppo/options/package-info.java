/**
 * The options of {@code align ppo} in groups: rewards, rollouts, how the policy moves, the critic, when to stop. Entry:
 * {@link org.align4j.ppo.options.PpoOptions}. Knows no tensor.
 */
@NullMarked
package org.align4j.ppo.options;

import org.jspecify.annotations.NullMarked;
