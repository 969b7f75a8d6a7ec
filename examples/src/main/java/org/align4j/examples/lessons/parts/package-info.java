/**
 * What several lessons use: the demo's pairs, answers and how they are judged; entry {@link org.align4j.examples.lessons.parts.DemoPairs}. It
 * must not depend on any lesson.
 */
@NullMarked
package org.align4j.examples.lessons.parts;

import org.jspecify.annotations.NullMarked;
