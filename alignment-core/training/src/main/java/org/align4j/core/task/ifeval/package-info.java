/**
 * IFEval (Zhou et al. 2023, arXiv 2311.07911): decides by rules whether an answer follows the instructions of its prompt,
 * strictly and loosely, and counts. Entries: {@link org.align4j.core.task.ifeval.AskedInstructions} and {@link
 * org.align4j.core.task.ifeval.InstructionTally}. Must not depend on the tasks around it, on models, on policies or on
 * training.
 *
 * <p>Counts and recognises what an instruction of IFEval asks of an answer: words, sentences, paragraphs, bullets,
 * titles, JSON. Entry: {@link org.align4j.core.task.ifeval.WordInstructions.WordCount} and its neighbours, pure functions on strings
 * that agree with Python on what a letter, a space and a line end are. Must not depend on the package around it.
 */
@NullMarked
package org.align4j.core.task.ifeval;

import org.jspecify.annotations.NullMarked;
