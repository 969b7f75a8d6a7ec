package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Passes over rows of many answers that share a pool of places: a row's numbers depend on no other row where the products of the CPU's
 * library don't.
 */
public final class QueueKernels {
    private QueueKernels() {}

    /** SHA-256 of the text of all kernels that a queue runs: what was computed with others may differ in its last bits. */
    public static String hash() {
        return Hashing.sha256()
                .hashString(
                        KernelArchive.resource("kernels.py") + KernelArchive.resource("queue.py"),
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
     * @param q {@code [heads, N, D]}, rotated
     * @param k {@code [kv heads, N, D]}, rotated
     * @param v {@code [kv heads, N, E]}
     * @param numbers {@code [3]} int64: layer of the pool, extent and size of what a row sees
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
     * @param numbers {@code [13 L]} float64 on the CPU, as {@link StepKernels.Layers} has them
     * @param choices {@code [3 L]} int64 on the CPU: extent and size of what a row sees, place of its cosine or -1
     */
    public record Layers(TensorList weights, NDArray which, NDArray numbers, NDArray choices) {}

    /**
     * Holds what adapters add to the layers' products.
     *
     * @param pairs for each adapter 14 tensors named {@code pairs}: a {@code [L, rank, in]} and b {@code [L, out, rank]} of each product,
     *     without elements where it has none; one list of an empty tensor where there is no adapter
     * @param scalings {@code [adapters * L * 7]} float64 on the CPU
     */
    public record Pairs(List<TensorList> pairs, NDArray scalings) {}

    /**
     * Runs all layers of the commonest shape.
     *
     * @param x {@code [N, H]}
     * @param shared cosines and sines {@code [N, W / 2]}
     * @param plan int64 on the CPU: layers, spans, segments, then each of them
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
        return scope.call("queue_layers", arguments);
    }

    /** Returns tensors of one shape as one, the first axis new. */
    public static NDArray stacked(Scope scope, List<NDArray> tensors) {
        return scope.call("stacked", OptimizerKernels.arguments(TensorList.of(scope, "tensors", tensors)));
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
     * Says how likely tokens are.
     *
     * @param chosen the log-probability of the token asked for
     * @param ids the likeliest tokens, likeliest first
     * @param logProbs theirs
     */
    @SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
    public record ToldScores(double chosen, long[] ids, float[] logProbs) {}

    /**
     * Computes log-probabilities of {@code logits [1, V]}, nats.
     *
     * @param id the token asked for
     * @param count likeliest tokens
     */
    public static ToldScores scores(Scope scope, NDArray logits, int id, int count) {
        NDList told = scope.callAll("told_scores", logits, scope.places(id, count));
        return new ToldScores(
                told.get(0).toFloatArray()[0],
                told.get(2).toLongArray(),
                told.get(1).toFloatArray());
    }

    /**
     * Tells for each number of rows whether products of a weight {@code [out, in]} with so many rows give a row the bits that they give it
     * among the most rows; its values are the trial's.
     */
    public static boolean[] alike(Scope scope, NDArray weight, int... widths) {
        float[] told = scope.call(
                        "widths_alike",
                        weight,
                        scope.ownPlaces(
                                Arrays.stream(widths).asLongStream().toArray()))
                .toFloatArray();
        boolean[] alike = new boolean[widths.length];
        for (int i = 0; i < alike.length; i++) {
            alike[i] = told[i] == 1;
        }
        return alike;
    }
}
