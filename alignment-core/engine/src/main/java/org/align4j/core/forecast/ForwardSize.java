package org.align4j.core.forecast;

import org.align4j.core.pack.AttentionTiles;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.PackedBatch.RowBlock;

/**
 * Counts what decides the memory of a forward: its tokens, the pairs of positions that attention sees, and the positions that are scored.
 *
 * @param tokens N
 * @param scored response positions
 * @param cells pairs of positions whose scores attention holds, as the kernels round them: those of blocks that attend by tiles left out
 * @param tileCells pairs of positions of the largest tile; 0 where no block attends by tiles
 * @param sharedKeys keys that are laid out again for blocks that see a shared prompt
 */
public record ForwardSize(long tokens, long scored, long cells, long tileCells, long sharedKeys) {

    /** Returns the size of a packed batch's forward. */
    public static ForwardSize of(PackedBatch batch) {
        long cells = 0;
        long tile = 0;
        long shared = 0;
        for (RowBlock block : batch.blocks()) {
            long keys = AttentionTiles.paddedLength(block.seen());
            if (AttentionTiles.serve(block.seen())) {
                tile = Math.max(tile, AttentionTiles.ROWS * keys);
            } else {
                cells += AttentionTiles.paddedLength(block.rows()) * keys;
            }
            shared += block.prefix() > 0 ? keys : 0;
        }
        return new ForwardSize(batch.size(), batch.scored(), cells, tile, shared);
    }

    /**
     * Returns the size where attention of the whole pack is one call, which holds no scores and lays each key head's keys out once.
     *
     * @param groups query heads of each key head
     */
    public ForwardSize inOneCall(int groups) {
        return new ForwardSize(tokens, scored, 0, 0, sharedKeys / groups);
    }

    /** The most that sequences of at most {@code depth} tokens come to: every token scored, every key twice. */
    public static ForwardSize atMost(long tokens, long depth) {
        int keys = AttentionTiles.paddedLength(Math.toIntExact(depth));
        int whole = Math.min(keys, AttentionTiles.LONGEST_WHOLE);
        long tile = AttentionTiles.serve(keys) ? (long) AttentionTiles.ROWS * keys : 0;
        return new ForwardSize(tokens, tokens, tokens * whole, tile, tokens);
    }
}
