/**
 * What a training loop of a Java program holds in hand: {@link org.align4j.core.loop.ForwardPass} over answers, {@link
 * org.align4j.core.loop.SequencePass} over token sequences, {@link org.align4j.core.loop.TokenLoss}, the numbers of a step, and how an
 * adapter begins. It must not depend on sessions, runs or the training loop of the methods.
 */
@NullMarked
package org.align4j.core.loop;

import org.jspecify.annotations.NullMarked;
