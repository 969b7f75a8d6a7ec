/**
 * What a reward model must beat to be worth its weights: {@link org.align4j.reward.baseline.LengthBaseline} and {@link
 * org.align4j.reward.baseline.NgramBaseline}. Plain token rows; must not depend on models or tensors.
 */
@NullMarked
package org.align4j.reward.baseline;

import org.jspecify.annotations.NullMarked;
