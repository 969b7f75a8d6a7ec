/**
 * IFEval (Zhou et al. 2023, arXiv 2311.07911): tells by rules whether an answer follows the instructions of its prompt, strictly and loosely, and
 * counts. Entries: {@link org.align4j.core.task.ifeval.AskedInstructions} and {@link
 * org.align4j.core.task.ifeval.InstructionTally}. Must not depend on the tasks around it, on models, on policies or on training.
 */
@NullMarked
package org.align4j.core.task.ifeval;

import org.jspecify.annotations.NullMarked;
