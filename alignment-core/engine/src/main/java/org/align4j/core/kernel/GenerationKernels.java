package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Kernels that answers are made by. The cache of one layer is keys {@code [S, kv heads, L, D]} and values {@code [S, kv heads, L, E]}, S
 * slots of L places each, in the compute dtype; rows of a step occupy the first slots. A queue's answers share a pool of places instead:
 * there a row's numbers depend on no other row where the products of the CPU's library don't.
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

    /** SHA-256 of the text of all kernels that a queue runs: what was computed with others may differ in its last bits. */
    public static String hash() {
        return Hashing.sha256()
                .hashString(
                        Stream.of("kernels.py", "queue.py", "plain.py", "arranged.py")
                                .map(KernelArchive::resource)
                                .collect(Collectors.joining()),
                        StandardCharsets.UTF_8)
                .toString();
    }

    /** Returns room {@code shape} in the dtype of {@code like} whose memory is not touched before it is written. */
    public static NDArray room(Scope scope, NDArray like, long... shape) {
        return scope.call("pool_room", scope.places(shape), like);
    }

    /** Copies places {@code from} on over others that don't overlap, in all layers of a pool {@code [L, kv heads, P, D]}. */
    public static void copy(Scope scope, NDArray pool, int from, int to, int places) {
        Shapes.require("pool", pool, -1, -1, -1, -1);
        scope.call("pool_copy", pool, scope.places(from, to, places));
    }

    /**
     * Holds the places that rows of a pass read and write.
     *
     * @param keys {@code [L, kv heads, P, D]}, changed
     * @param values {@code [L, kv heads, P, E]}, changed
     * @param at {@code [N]} int64 where each row's key and value go
     */
    public record Places(NDArray keys, NDArray values, NDArray at) {}

    /**
     * Attention of one layer over a pool.
     *
     * @param qkv queries {@code [heads, N, D]} and keys {@code [kv heads, N, D]}, rotated, and values {@code [kv heads, N, E]}
     * @param numbers {@code [5]} int64: layer of the pool, extent and size of what a row sees, positions of a block, queries a key head of a
     *     row by itself
     * @param spans {@code [4 S]} int64: first row, end row, start of the range or -1, position of the first row
     * @param shaping scaling and cap of the scores, {@linkplain Scope#number numbers}
     * @return {@code [heads, N, E]}
     */
    public static NDArray attend(
            Scope scope, List<NDArray> qkv, Places places, NDArray numbers, NDArray spans, List<NDArray> shaping) {
        return scope.call(
                "pool_attend",
                qkv.get(0),
                qkv.get(1),
                qkv.get(2),
                places.keys(),
                places.values(),
                places.at(),
                numbers,
                spans,
                shaping.get(0),
                shaping.get(1));
    }

    /**
     * Holds what a pass reads of the base's layers.
     *
     * @param weights those that are there, and one without elements
     * @param which {@code [32 L]} int64 on the CPU: which of the weights is at each place, as {@link StepKernels.Layers} has them
     * @param arranged whether the layers' weights are those of {@link StepKernels#arrange}
     * @param numbers {@code [13 L]} float64 on the CPU, as {@link StepKernels.Layers} has them
     * @param choices {@code [3 L]} int64 on the CPU: extent and size of what a row sees, place of its cosine or -1
     */
    public record Layers(TensorList weights, NDArray which, boolean arranged, NDArray numbers, NDArray choices) {}

    /**
     * Holds what adapters add to the layers' products.
     *
     * @param pairs for each adapter 11 tensors named {@code pairs}: a {@code [L, ranks, in]} of each input, then b {@code [L, out, rank]} of
     *     each product, without elements where it has none; one list of an empty tensor where there is no adapter
     * @param scalings {@code [adapters * L * 7]} float64 on the CPU
     */
    public record Pairs(List<TensorList> pairs, NDArray scalings) {}

    /**
     * Runs all layers of the commonest shape.
     *
     * @param x {@code [N, H]}
     * @param shared cosines and sines {@code [N, W / 2]}
     * @param plan int64 on the CPU: layers, spans, segments, positions of a block, queries a key head of a row by itself, then each span and segment
     * @return {@code [N, H]}
     */
    public static NDArray layers(
            Scope scope, NDArray x, Layers layers, Pairs pairs, TensorList shared, Places places, NDArray plan) {
        Shapes.require("at", places.at(), x.getShape().get(0));
        NDList arguments = new NDList();
        arguments.add(x);
        arguments.addAll(layers.weights().members());
        pairs.pairs().forEach(list -> arguments.addAll(list.members()));
        arguments.addAll(shared.members());
        arguments.add(layers.which());
        arguments.add(layers.numbers());
        arguments.add(layers.choices());
        arguments.add(pairs.scalings());
        arguments.add(places.keys());
        arguments.add(places.values());
        arguments.add(places.at());
        arguments.add(plan);
        return layers.arranged()
                ? scope.callArranged("queue_layers", arguments)
                : scope.call("queue_layers", arguments);
    }

    /**
     * Holds the likeliest token of each row.
     *
     * @param scores {@code [R]} fp32; NaN where one of the row is
     * @param ids {@code [R]}
     */
    @SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
    public record Likeliest(float[] scores, long[] ids) {}

    /** Finds the likeliest token of each row of {@code logits [R, V]}, the first of equal ones. */
    public static Likeliest likeliest(Scope scope, NDArray logits) {
        NDList found = scope.callAll("likeliest", logits);
        return new Likeliest(found.get(0).toFloatArray(), found.get(1).toLongArray());
    }

    /**
     * Says how likely tokens are after each of some rows.
     *
     * @param chosen {@code [R][…]} the log-probabilities of the tokens asked for
     * @param ids {@code [R][k]} the likeliest tokens, likeliest first
     * @param logProbs theirs
     */
    @SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
    public record ToldScores(float[][] chosen, long[][] ids, float[][] logProbs) {}

    /**
     * Computes log-probabilities of {@code logits [R, V]}, nats.
     *
     * @param asked {@code [R][…]} tokens, any number in a row
     * @param count likeliest tokens
     */
    public static ToldScores scores(Scope scope, NDArray logits, int[][] asked, int count) {
        int rows = Math.toIntExact(logits.getShape().get(0));
        int widest = Arrays.stream(asked).mapToInt(row -> row.length).max().orElse(0);
        long[] targets = new long[rows * widest];
        for (int row = 0; row < rows; row++) {
            for (int k = 0; k < asked[row].length; k++) {
                targets[row * widest + k] = asked[row][k];
            }
        }
        NDList told = scope.callAll("told_scores", logits, scope.longs(targets), scope.places(count));
        float[] chosen = told.get(0).toFloatArray();
        float[] logProbs = told.get(1).toFloatArray();
        long[] ids = told.get(2).toLongArray();
        ToldScores all = new ToldScores(new float[rows][], new long[rows][], new float[rows][]);
        for (int row = 0; row < rows; row++) {
            all.chosen()[row] = Arrays.copyOfRange(chosen, row * widest, row * widest + asked[row].length);
            all.ids()[row] = Arrays.copyOfRange(ids, row * count, (row + 1) * count);
            all.logProbs()[row] = Arrays.copyOfRange(logProbs, row * count, (row + 1) * count);
        }
        return all;
    }

    /**
     * Returns for each number of rows whether products of a weight {@code [out, in]}, or of such as lie in {@code [L, out, in]}, with so many
     * rows give a row the bits that they give it among the most rows.
     */
    public static boolean[] alike(Scope scope, NDArray weight, int... widths) {
        return truths(scope.call("widths_alike", weight, places(scope, widths), scope.places(0)));
    }

    /**
     * Returns it as {@link #alike} does of what a pair with such a b {@code [out, rank]} or {@code [L, out, rank]} adds to products.
     *
     * @param scaling what the pair is multiplied by: with few rows the library rounds it elsewhere, which shows unless it is a power of two
     */
    public static boolean[] addedAlike(Scope scope, NDArray b, double scaling, int... widths) {
        return truths(scope.call("windows_alike", b, places(scope, widths), scope.number(scaling)));
    }

    /**
     * Returns it as {@link #alike} does of products with a weight {@code [out, in]} that was {@linkplain StepKernels#arrange arranged}.
     *
     * @param rows about so many, for which it was
     */
    public static boolean[] arrangedAlike(Scope scope, NDArray weight, int rows, int... widths) {
        NDList arguments = new NDList(weight, places(scope, widths), scope.places(rows));
        return truths(scope.callArranged("widths_alike", arguments));
    }

    private static NDArray places(Scope scope, int... numbers) {
        return scope.ownPlaces(Arrays.stream(numbers).asLongStream().toArray());
    }

    private static boolean[] truths(NDArray numbers) {
        float[] told = numbers.toFloatArray();
        boolean[] alike = new boolean[told.length];
        for (int i = 0; i < alike.length; i++) {
            alike[i] = told[i] == 1;
        }
        return alike;
    }

    /**
     * Returns whether rows of a block attend by themselves, in products of so many queries a key head, as they do together.
     *
     * @param like of the compute dtype
     * @param heads {@code [6]} key heads, heads, width of a key and of a value, extent and size of what a row sees
     * @param shaping scaling and cap of the scores; a cap of 0: none
     * @param block {@code [2]} positions of a block, and where it begins
     */
    public static boolean mixesAlike(
            Scope scope, NDArray like, long[] heads, double[] shaping, int[] block, int queries) {
        LongStream numbers = LongStream.concat(
                LongStream.concat(Arrays.stream(heads), Arrays.stream(block).asLongStream()), LongStream.of(queries));
        return scope.call(
                        "mixes_alike",
                        like,
                        scope.ownPlaces(numbers.toArray()),
                        scope.number(shaping[0]),
                        scope.number(shaping[1]))
                .getBoolean();
    }

    /**
     * Adds what an adapter adds to the head's products of its own rows.
     *
     * @param products {@code [R, V]}, changed
     * @param hidden {@code [R, H]}
     * @param a {@code [rank, H]}
     * @param b {@code [V, rank]}
     * @param scaling a {@link Scope#number number}
     * @param rows {@code [3]} first row, end row, rows of the adapter's products
     */
    public static void addHeadPair(
            Scope scope, NDArray products, NDArray hidden, NDArray a, NDArray b, NDArray scaling, int... rows) {
        scope.call(
                "add_head_pair",
                products,
                hidden,
                a,
                b,
                scaling,
                scope.places(Arrays.stream(rows).asLongStream().toArray()));
    }
}
