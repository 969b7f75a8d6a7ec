package org.align4j.core.model;

import org.align4j.core.pack.AttentionTiles;

/**
 * The reach of attention: how far back a token sees, itself always included.
 *
 * @param size tokens of a window or a chunk; 0 where there is no limit
 */
public record Reach(Extent extent, int size) {
    /** A token sees everything before it. */
    public static final Reach ALL = new Reach(Extent.ALL, 0);

    /** The kinds of limits to how far back a token sees. */
    public enum Extent {
        ALL,
        /** A token sees the last tokens, itself counted (Beltagy et al. 2020). */
        WINDOW,
        /** A token sees its own chunk of positions, counted from the sequence's start (Llama 4). */
        CHUNK
    }

    /** The last {@code tokens} positions, the token's own counted. */
    public static Reach window(int tokens) {
        return new Reach(Extent.WINDOW, tokens);
    }

    /** The chunk of {@code tokens} positions that the token is in. */
    public static Reach chunk(int tokens) {
        return new Reach(Extent.CHUNK, tokens);
    }

    /** {@code [5]} what kernels are given of attention's tiles and of this reach. */
    public long[] numbers() {
        int kind = switch (extent) {
            case ALL -> 0;
            case WINDOW -> 1;
            case CHUNK -> 2;
        };
        return AttentionTiles.numbers(kind, size);
    }

    /** Whether the token at one position sees another's, both from 0. */
    public boolean sees(int position, int other) {
        return other <= position
                && switch (extent) {
                    case ALL -> true;
                    case WINDOW -> position - other < size;
                    case CHUNK -> position / size == other / size;
                };
    }
}
