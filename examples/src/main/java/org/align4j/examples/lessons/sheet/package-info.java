/**
 * The frame of the lessons, which a lesson writes on: {@link org.align4j.examples.lessons.sheet.LessonSheet}, and the command that runs one.
 * It must not depend on any lesson, nor on a method.
 */
@NullMarked
package org.align4j.examples.lessons.sheet;

import org.jspecify.annotations.NullMarked;
