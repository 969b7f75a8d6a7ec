/**
 * A step's responses: drawn by the policy, scored by rewards, laid into forwards and compared with the reference. Entry:
 * {@link org.align4j.ppo.rollout.Experience}. Must not depend on what a policy is moved by.
 */
@NullMarked
package org.align4j.ppo.rollout;

import org.jspecify.annotations.NullMarked;
