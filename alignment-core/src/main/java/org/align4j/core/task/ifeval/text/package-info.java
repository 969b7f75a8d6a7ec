/**
 * Counts and recognises what an instruction of IFEval asks of an answer: words, sentences, paragraphs, bullets, titles, JSON. Entry:
 * {@link org.align4j.core.task.ifeval.text.WordCount} and its neighbours, pure functions on strings that agree with Python on what
 * a letter, a space and a line end are. Must not depend on the package around it.
 */
@NullMarked
package org.align4j.core.task.ifeval.text;

import org.jspecify.annotations.NullMarked;
