package org.align4j.core.train;

import org.align4j.core.run.StepMetrics;
import org.align4j.core.verdict.EvaluatedRows;
import org.jspecify.annotations.Nullable;

/**
 * What an evaluation found.
 *
 * @param metrics over all held-out rows and the general text, without the {@code eval_} prefix
 * @param rows of each held-out row; null where there is none
 */
public record Evaluation(StepMetrics metrics, @Nullable EvaluatedRows rows) {}
