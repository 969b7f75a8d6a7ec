/**
 * Training from the command line: {@link org.align4j.core.cli.train.TrainCommand} for each {@link
 * org.align4j.core.session.TrainingMethod} on the class path, and {@code align resume}, which finds the method of a run. Knows no method by name.
 */
@NullMarked
package org.align4j.core.cli.train;

import org.jspecify.annotations.NullMarked;
