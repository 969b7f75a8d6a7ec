/**
 * What the training commands share: {@link org.align4j.core.train.command.TrainingCommand} for those that can go on with a
 * run, {@code align resume} that finds them, and the {@link org.align4j.core.train.command.ConsoleLog console's} view of a
 * run. Knows no method.
 */
@NullMarked
package org.align4j.core.train.command;

import org.jspecify.annotations.NullMarked;
