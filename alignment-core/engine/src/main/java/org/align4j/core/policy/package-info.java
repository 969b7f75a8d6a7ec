/**
 * One frozen base shared by policy and reference, each what stands over it: low-rank pairs, or the weights themselves.
 * Entry: {@link org.align4j.core.policy.Policy}. Losses see its log-probabilities as plain numbers and hand back one
 * coefficient a token. Must not depend on model families nor on the training loop.
 *
 * <p>Adapters over a base: their values at the start and from files, and their places among the base's weights. Entry:
 * {@link org.align4j.core.policy.AdapterValues}. Must not depend on passes nor on the policy.
 *
 * <p>The decoder's body in a pass, a row of stages, each run and differentiated by itself. Entry: {@link
 * org.align4j.core.policy.Trunk}. Must not depend on heads, on the policy nor on adapter files.
 *
 * <p>Where the forwards of a step are taken: {@link org.align4j.core.policy.Round} is one kind of forward, {@link
 * org.align4j.core.policy.Policy.Forwards} takes many of one kind, on this machine or on others. Depends on no tensor.
 *
 * <p>What is trained as it is updated and kept: optimizer, checkpoints, copies to go back to, merged weights. Entry:
 * {@link org.align4j.core.policy.PolicyState}. Must not depend on the training loop.
 *
 * <p>What training changes: fp32 masters, the leaves that passes read, and gradients. Entry: {@link
 * org.align4j.core.policy.Trainables}. Must not depend on the rest of the policy.
 */
@NullMarked
package org.align4j.core.policy;

import org.jspecify.annotations.NullMarked;
