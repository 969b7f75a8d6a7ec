/**
 * IFEval (Zhou et al. 2023, arXiv 2311.07911): tells by rules whether an answer follows the instructions of its prompt, strictly and loosely, and
 * counts. Entries: {@link org.align4j.core.task.ifeval.AskedInstructions} and {@link
 * org.align4j.core.task.ifeval.InstructionTally}. Must not depend on models, policies or training.
 */
@NullMarked
package org.align4j.core.task.ifeval;

import org.jspecify.annotations.NullMarked;
