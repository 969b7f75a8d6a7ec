/**
 * The commands that judge answers: {@link org.align4j.core.cli.compare.CompareCommand} and {@link
 * org.align4j.core.cli.compare.RankCommand}. Must not depend on training recipes.
 *
 * <p>The command {@code align report}: {@link org.align4j.core.cli.compare.ReportCommand}. Knows the report page and
 * nothing of training.
 *
 * <p>The command that evaluates a model on tasks: {@link org.align4j.core.cli.compare.EvalCommand}. Must not depend on
 * training.
 */
@NullMarked
package org.align4j.core.cli.compare;

import org.jspecify.annotations.NullMarked;
