/**
 * What training changes: fp32 masters, the leaves that passes read, and gradients. Entry: {@link
 * org.align4j.core.policy.trained.Trainables}. Must not depend on the rest of the policy.
 */
@NullMarked
package org.align4j.core.policy.trained;

import org.jspecify.annotations.NullMarked;
