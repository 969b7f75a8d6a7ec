/**
 * Lessons that run: each a program that asks a question, computes, draws and says what its numbers don't tell; entry {@link
 * org.align4j.examples.lessons.sheet.Lesson}. It must not depend on kernels, models or policies inside the core.
 */
@NullMarked
package org.align4j.examples.lessons;

import org.jspecify.annotations.NullMarked;
