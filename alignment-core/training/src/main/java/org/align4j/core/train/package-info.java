/**
 * The loop that every offline method shares: {@link org.align4j.core.train.TrainingLoop} takes an {@link
 * org.align4j.core.train.Learner.Objective} through its optimizer steps, evaluations and checkpoints. Plain Java: no tensor
 * appears here, so the loop is tested with arrays.
 *
 * <p>What a run says on its way: {@link org.align4j.core.train.TrainingLog}, {@link org.align4j.core.train.EventStream},
 * {@link org.align4j.core.train.RunWarnings its early warnings}. Must not depend on the training loop or a
 * method.
 */
@NullMarked
package org.align4j.core.train;

import org.jspecify.annotations.NullMarked;
