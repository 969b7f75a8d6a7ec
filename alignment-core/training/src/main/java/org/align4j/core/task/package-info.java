/**
 * Tasks with right answers, on which a model is evaluated: multiple choice by log-likelihood, exact answers,
 * instructions that a program checks, perplexity. Entry: {@link org.align4j.core.task.TaskSuite}. Must not depend on
 * training, a session or a run.
 *
 * <p>Says how a model is asked an item and what makes its answer right: {@link org.align4j.core.task.TaskSettings}
 * holds the choices, {@link org.align4j.core.task.TaskPrompts} writes prompts, {@link
 * org.align4j.core.task.TaskSettings.ExactAnswer} compares. Must not depend on models or results.
 *
 * <p>Tasks as their files have them: {@link org.align4j.core.task.TaskFile} reads one and finds its kind by the
 * fields of its first row. Must not depend on models or on how they are asked.
 *
 * <p>The page about an evaluation on tasks. Start at {@link org.align4j.core.task.EvalPage}. Shows what was found
 * and computes nothing; must not depend on models or training.
 *
 * <p>Results of models on tasks: figures with intervals, differences from an earlier evaluation, and the files of both.
 * Entry: {@link org.align4j.core.task.TaskReport}. Must not depend on models.
 */
@NullMarked
package org.align4j.core.task;

import org.jspecify.annotations.NullMarked;
