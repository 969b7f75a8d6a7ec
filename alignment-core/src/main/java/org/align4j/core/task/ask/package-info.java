/**
 * Tells how a model is asked an item and what makes its answer right: {@link org.align4j.core.task.ask.TaskSettings} holds the choices, {@link
 * org.align4j.core.task.ask.TaskPrompts} writes prompts, {@link org.align4j.core.task.ask.ExactAnswer} compares. Must not depend on
 * models or results.
 */
@NullMarked
package org.align4j.core.task.ask;

import org.jspecify.annotations.NullMarked;
