package org.align4j.core.forecast;

import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowBlock;

/**
 * The size of a forward: its tokens, the pairs of positions that attention sees, and the positions that are scored.
 *
 * @param tokens N
 * @param scored response positions
 * @param cells pairs of positions in attention, as the kernels round them
 * @param sharedKeys keys that are laid out again for blocks that see a shared prompt
 */
public record ForwardSize(long tokens, long scored, long cells, long sharedKeys) {

    /** Returns the size of a packed batch's forward. */
    public static ForwardSize of(PackedBatch batch) {
        long cells = 0;
        long shared = 0;
        for (RowBlock block : batch.blocks()) {
            long keys = grained(block.seen());
            cells += grained(block.rows()) * keys;
            shared += block.prefix() > 0 ? keys : 0;
        }
        return new ForwardSize(batch.size(), batch.scored(), cells, shared);
    }

    /** The most that sequences of at most {@code depth} tokens come to: every token scored, every key twice. */
    public static ForwardSize atMost(long tokens, long depth) {
        return new ForwardSize(tokens, tokens, tokens * grained(depth), tokens);
    }

    private static long grained(long length) {
        long grain = DecoderKernels.ATTENTION_GRAIN;
        return (length + grain - 1) / grain * grain;
    }
}
