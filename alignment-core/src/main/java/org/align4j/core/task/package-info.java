/**
 * Tasks with right answers, on which a model is evaluated: multiple choice by log-likelihood, exact answers, instructions that a program
 * checks, perplexity. Entry: {@link org.align4j.core.task.TaskSuite}. Must not depend on training, a session or a run.
 */
@NullMarked
package org.align4j.core.task;

import org.jspecify.annotations.NullMarked;
