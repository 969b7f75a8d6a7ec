/**
 * What several lessons use, public so that a lesson's snippets find it in JShell: the demo's pairs, answers and how they are evaluated; entry
 * {@link org.align4j.examples.lessons.parts.DemoPairs}. It must not depend on any lesson.
 */
@NullMarked
package org.align4j.examples.lessons.parts;

import org.jspecify.annotations.NullMarked;
