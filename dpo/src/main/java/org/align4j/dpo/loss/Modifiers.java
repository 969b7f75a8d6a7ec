package org.align4j.dpo.loss;

import java.util.OptionalDouble;

/**
 * The modifiers that change the terms of any loss that takes them.
 *
 * @param divergence how log-ratios become scores
 * @param lengthDiscount LD-DPO (Liu et al. 2024): what a token beyond the shorter response's length counts, 0 to 1; empty
 *     for plain sums
 * @param weighting WPO (Zhou et al. 2024): whether a pair's loss is weighted by how likely its responses are under the
 *     policy
 */
public record Modifiers(Divergence divergence, OptionalDouble lengthDiscount, boolean weighting) {
    /** Plain DPO. */
    public static final Modifiers NONE = new Modifiers(Divergence.REVERSE_KL, OptionalDouble.empty(), false);
}
