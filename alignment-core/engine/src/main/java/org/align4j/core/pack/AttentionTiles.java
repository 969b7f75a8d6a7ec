package org.align4j.core.pack;

import java.util.ArrayList;
import java.util.List;

/**
 * Says which blocks of a pack attend by tiles. A tile is a few rows with the keys alone that one of its rows sees, so that memory
 * grows with a block's length and not with its square. Shorter blocks hold all their scores at once.
 */
public final class AttentionTiles {
    /** Attention computes lengths rounded up to a multiple of this. */
    public static final int GRAIN = 64;

    /** The most keys of a block whose scores are held whole. */
    public static final int LONGEST_WHOLE = 512;

    /** The rows of a tile. */
    public static final int ROWS = 128;

    private AttentionTiles() {}

    /** Returns whether a block that sees so many keys, its own rows counted, attends by tiles. */
    public static boolean serve(int keys) {
        return keys > LONGEST_WHOLE;
    }

    /**
     * Counts the pairs of a row and a key that a block computes, as kernels round them.
     *
     * @param prefix rows before the block that it sees
     * @param rows of the block
     */
    public static long cells(int prefix, int rows) {
        int end = prefix + rows;
        if (!serve(end)) {
            return (long) paddedLength(rows) * paddedLength(end);
        }
        return of(prefix, rows).stream()
                .mapToLong(tile -> (long) tile.rows() * tile.keys())
                .sum();
    }

    /**
     * Counts a tile's rows and keys, rounded up as kernels do.
     *
     * @param keys that one of its rows sees
     */
    public record Tile(int rows, int keys) {}

    /** Lists the tiles of a block whose rows see all before them. */
    public static List<Tile> of(int prefix, int rows) {
        int end = prefix + rows;
        List<Tile> tiles = new ArrayList<>();
        for (int begin = prefix; begin < end; ) {
            int tileEnd = Math.min((begin / ROWS + 1) * ROWS, end);
            tiles.add(new Tile(paddedLength(tileEnd - begin), paddedLength(tileEnd)));
            begin = tileEnd;
        }
        return tiles;
    }

    /** Rounds a length up as kernels do, so that few distinct shapes occur. */
    public static int paddedLength(int length) {
        return (length + GRAIN - 1) / GRAIN * GRAIN;
    }

    /**
     * Lists what kernels are given of a reach: the grain of lengths, the longest block that is held whole, the rows of a tile, the kind of
     * reach (0 all before, 1 a window, 2 a chunk) and its size.
     */
    public static long[] numbers(int kind, int size) {
        return new long[] {GRAIN, LONGEST_WHOLE, ROWS, kind, size};
    }
}
