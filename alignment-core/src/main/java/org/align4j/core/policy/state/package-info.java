/**
 * What is trained as it is updated and kept: optimizer, checkpoints, copies to go back to, merged weights. Entry: {@link
 * org.align4j.core.policy.state.PolicyState}. Must not depend on the training loop.
 */
@NullMarked
package org.align4j.core.policy.state;

import org.jspecify.annotations.NullMarked;
