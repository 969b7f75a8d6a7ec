/**
 * The command that evaluates a model on tasks: {@link org.align4j.core.cli.task.EvalCommand}. Must not depend on training.
 */
@NullMarked
package org.align4j.core.cli.task;

import org.jspecify.annotations.NullMarked;
