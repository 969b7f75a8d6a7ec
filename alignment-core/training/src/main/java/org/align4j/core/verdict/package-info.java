/**
 * What held-out rows say of a trained model: their own figures before the first step and after the last, compared row by
 * row. Entry: {@link org.align4j.core.verdict.EvaluatedRows#against}. Pure functions over plain Java doubles; must not
 * depend on tensors, models or files.
 *
 * <p>The verdict on a whole run: what its held-out rows say, outweighed by signs of a broken model, of overlapping data
 * and of a reward that is gamed. Entry: {@link org.align4j.core.verdict.Evidence#judge}. Must not depend on tensors,
 * models or files.
 */
@NullMarked
package org.align4j.core.verdict;

import org.jspecify.annotations.NullMarked;
