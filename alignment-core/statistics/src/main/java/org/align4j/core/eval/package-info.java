/**
 * What a run's figures mean: accuracy with intervals, paired differences, perplexity and forgetting, calibration, and
 * early warnings in words ({@link org.align4j.core.eval.Warnings} is the entry). Pure functions over plain Java
 * doubles; must not depend on tensors, models or files of a run other than its metrics.
 */
@NullMarked
package org.align4j.core.eval;

import org.jspecify.annotations.NullMarked;
