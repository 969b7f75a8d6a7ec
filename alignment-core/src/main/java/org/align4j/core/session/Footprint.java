package org.align4j.core.session;

import org.align4j.core.kernel.Dtype;
import org.align4j.core.machine.Memory;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Linear;

/**
 * How much memory a forward with its graph takes, and what follows for auto options. From sizes alone, never from memory
 * free at the moment.
 *
 * @param bytesPerToken of a kept graph
 * @param microBatchTokens tokens in one forward
 * @param recompute whether layers are computed again in the backward pass
 */
public record Footprint(long bytesPerToken, int microBatchTokens, boolean recompute) {
    private static final int USUAL_TOKENS = 1024;
    private static final int FEWEST_TOKENS = 512;

    /**
     * Of a model on a machine.
     *
     * @param longestTree tokens of the largest thing that must go through one forward
     */
    public static Footprint of(Decoder decoder, Dtype dtype, int longestTree) {
        long hidden = decoder.hiddenSize();
        long widest =
                decoder.linears().stream().mapToLong(Linear::outputs).max().orElse(hidden);
        // What a pre-norm block keeps for its backward: about twelve tensors of the hidden size and four of the widest.
        long bytes = (long) decoder.layers().size() * dtype.bytes() * (12 * hidden + 4 * widest);
        long budget = Memory.current().limit() / 4;
        long fitting = Math.max(FEWEST_TOKENS, budget / Math.max(1, bytes));
        int tokens = (int) Math.min(USUAL_TOKENS, fitting);
        return new Footprint(bytes, tokens, bytes * Math.max(longestTree, FEWEST_TOKENS) > budget);
    }
}
