/**
 * Lessons that run: each a program that asks a question, computes, draws and says what its numbers don't tell; entry
 * {@link org.align4j.examples.lessons.Lesson}. It must not depend on kernels, models or policies inside the core.
 *
 * <p>The frame of the lessons, which a lesson writes on: {@link org.align4j.examples.lessons.LessonSheet}, and the
 * command that runs one. It must not depend on any lesson, nor on a method.
 */
@NullMarked
package org.align4j.examples.lessons;

import org.jspecify.annotations.NullMarked;
