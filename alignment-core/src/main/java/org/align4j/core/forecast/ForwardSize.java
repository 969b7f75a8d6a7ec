package org.align4j.core.forecast;

import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.pack.PackedBatch;

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
        long[] b = batch.blocks();
        for (int block = 0; block < b.length; block += 4) {
            long prefix = b[block + 3] - b[block + 2];
            long keys = grained(prefix + b[block + 1] - b[block]);
            cells += grained(b[block + 1] - b[block]) * keys;
            shared += prefix > 0 ? keys : 0;
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
