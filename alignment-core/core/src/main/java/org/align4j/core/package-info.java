/**
 * The door for Java programs: {@link org.align4j.core.Align4j} opens a model, {@link org.align4j.core.Sft} trains it, {@link
 * org.align4j.core.TrainedPolicy} is what came of it. No other package of the core knows this one, and it must not depend on the command
 * line, nor on a terminal.
 */
@NullMarked
package org.align4j.core;

import org.jspecify.annotations.NullMarked;
