/**
 * The training commands of the core: {@link org.align4j.core.cli.train.TrainingCommand} for those that can go on with a run,
 * {@link org.align4j.core.cli.train.MethodCommand} for those of a method, {@code align resume} that finds them, and {@code align sft}. Knows no method of another module.
 */
@NullMarked
package org.align4j.core.cli.train;

import org.jspecify.annotations.NullMarked;
