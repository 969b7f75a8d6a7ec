/**
 * One frozen base shared by policy and reference, each what stands over it: low-rank pairs, or the weights themselves. Entry:
 * {@link org.align4j.core.policy.Policy}. Losses see its log-probabilities as plain numbers and hand back one coefficient a
 * token. Must not depend on model families nor on the training loop.
 */
@NullMarked
package org.align4j.core.policy;

import org.jspecify.annotations.NullMarked;
