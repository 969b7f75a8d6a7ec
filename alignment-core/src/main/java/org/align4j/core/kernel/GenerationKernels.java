package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;

/**
 * The key/value cache of one layer: keys {@code [S, kv heads, L, D]} and values {@code [S, kv heads, L, E]}, S slots of L
 * places each, in the compute dtype. Rows of a step occupy the first slots.
 */
public final class GenerationKernels {
    private GenerationKernels() {}

    /** Zeros in the dtype of {@code like}. */
    public static NDArray newCache(Scope scope, NDArray like, long... shape) {
        return scope.call("new_cache", scope.places(shape), like);
    }

    /** A copy of a cache with more places, or with the first ones alone. */
    public static NDArray resized(Scope scope, NDArray cache, int places) {
        Shapes.require("cache", cache, -1, -1, -1, -1);
        String kernel = places > cache.getShape().get(2) ? "cache_widen" : "cache_narrow";
        return scope.call(kernel, cache, scope.places(places));
    }

    /**
     * Puts rows of a forward pass into a cache.
     *
     * @param keys {@code [S, kv heads, L, D]}, changed
     * @param values {@code [S, kv heads, L, E]}, changed
     * @param k {@code [kv heads, N, D]}, rotated
     * @param v {@code [kv heads, N, E]}
     * @param rows {@code [M]} int64: which of the N rows, may repeat
     * @param slots {@code [M]} int64: into which slot
     * @param places {@code [M]} int64: at which place of it
     */
    public static void store(
            Scope scope,
            NDArray keys,
            NDArray values,
            NDArray k,
            NDArray v,
            NDArray rows,
            NDArray slots,
            NDArray places) {
        Shapes.requireSame("slots", slots, "rows", rows);
        Shapes.requireSame("places", places, "rows", rows);
        scope.call("cache_store", keys, values, k, v, rows, slots, places);
    }

    /** Copies the first {@code places} places of a slot over another's. */
    public static void move(Scope scope, NDArray cache, int from, int to, int places) {
        Shapes.require("cache", cache, -1, -1, -1, -1);
        scope.call("cache_move", cache, scope.places(from, to, places));
    }

    /**
     * What each row of a step may see: the places up to its own.
     *
     * @param places {@code [B]} int64 the rows' own places
     * @param width places to look at, more than any row's own
     * @param window see only so many places, its own counted; 0: all
     * @param chunk see only the own chunk of so many places; 0: all
     * @param like whose dtype the mask has
     * @return {@code [B, 1, 1, width]} additive
     */
    public static NDArray mask(Scope scope, NDArray places, int width, int window, int chunk, NDArray like) {
        Shapes.require("places", places, -1);
        return scope.call("cache_mask", places, scope.places(width, window, chunk), like);
    }

    /**
     * Attention of one token of each of the first B slots to its own slot.
     *
     * @param q {@code [heads, B, D]}, rotated
     * @param keys {@code [S, kv heads, L, D]}
     * @param values {@code [S, kv heads, L, E]}
     * @param mask {@code [B, 1, 1, L]} of {@link #mask}
     * @param scaling a {@link Scope#number number}
     * @param scoreCap a {@link Scope#number number}; 0: scores are not capped
     * @return {@code [heads, B, E]}
     */
    public static NDArray attend(
            Scope scope, NDArray q, NDArray keys, NDArray values, NDArray mask, NDArray scaling, NDArray scoreCap) {
        Shapes.require("mask", mask, q.getShape().get(1), 1, 1, -1);
        return scope.call("cache_attend", q, keys, values, mask, scaling, scoreCap);
    }
}
