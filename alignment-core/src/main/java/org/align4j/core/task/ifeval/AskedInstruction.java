package org.align4j.core.task.ifeval;

/**
 * An instruction of a prompt.
 *
 * @param kind its kind
 * @param instruction its rule with the numbers and words of the row
 */
record AskedInstruction(InstructionKind kind, Instruction instruction) {}
