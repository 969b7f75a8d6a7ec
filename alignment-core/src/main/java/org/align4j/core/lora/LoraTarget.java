package org.align4j.core.lora;

/**
 * A module that gets LoRA.
 *
 * @param module the module
 * @param rank the rank of its A and B
 * @param scaling the factor of B(A(x))
 */
public record LoraTarget(AdaptableModule module, int rank, double scaling) {}
