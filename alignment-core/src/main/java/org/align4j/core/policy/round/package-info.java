/**
 * Where the forwards of a step are taken: {@link org.align4j.core.policy.round.Round} is one kind of forward, {@link
 * org.align4j.core.policy.round.Forwards} takes many of one kind, on this machine or on others. Depends on no tensor.
 */
@NullMarked
package org.align4j.core.policy.round;

import org.jspecify.annotations.NullMarked;
