/**
 * Verdicts of judges on pairs of answers, as values and as lines of {@code verdicts.jsonl}. Entry:
 * {@link org.align4j.core.compare.verdict.JudgeVerdict}. Must not depend on judges, models or training.
 */
@NullMarked
package org.align4j.core.compare.verdict;

import org.jspecify.annotations.NullMarked;
