/**
 * Compares systems by their answers to the same prompts: judges say which answer is better, figures say what that shows.
 * Entry: {@link org.align4j.core.compare.SystemComparison}. Must not depend on training or on the command line.
 *
 * <p>Answers prompts by the models that are compared, one base in memory for all that share it. Entry: {@link
 * org.align4j.core.compare.ModelAnswers}. Must not depend on judges.
 *
 * <p>The page about a comparison of systems. Start at {@link org.align4j.core.compare.ComparePage}. Shows what was
 * found and computes nothing; must not depend on judges, models or training.
 *
 * <p>Makes preferences of several answers to a prompt: a judge's best against its worst. Entry: {@link
 * org.align4j.core.compare.AnswerRanking}. Must not depend on training or on how answers are made.
 *
 * <p>Verdicts of judges on pairs of answers, as values and as lines of {@code verdicts.jsonl}. Entry: {@link
 * org.align4j.core.compare.JudgeVerdict}. Must not depend on judges, models or training.
 */
@NullMarked
package org.align4j.core.compare;

import org.jspecify.annotations.NullMarked;
