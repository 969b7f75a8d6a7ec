package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.GenerationKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Attention;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.PackedAttention;
import org.align4j.core.model.Pass;
import org.align4j.core.model.Rope;
import org.align4j.core.pack.PackedBatch;

/** Keys and values of all layers: slots of places, allocated once. */
final class KeyValueCache implements AutoCloseable {
    private static final int MASK_STEP = 256;

    private final Scope scope;
    private final Dtype dtype;
    private final NDArray like;
    private final List<NDArray> keys = new ArrayList<>();
    private final List<NDArray> values = new ArrayList<>();
    private NDArray causal;
    private int causalSize = MASK_STEP;

    /**
     * @param scope closed with the cache
     * @param like a tensor of the compute dtype on the device
     * @param places tokens a slot holds
     */
    KeyValueCache(Scope scope, Decoder decoder, Dtype dtype, NDArray like, int slots, int places) {
        this.scope = scope;
        this.dtype = dtype;
        this.like = like;
        for (DecoderLayer layer : decoder.layers()) {
            Attention attention = layer.attention();
            long[] shape = {slots, attention.keyValueHeads(), places, attention.headDimension()};
            keys.add(GenerationKernels.newCache(scope, like, shape));
            values.add(GenerationKernels.newCache(scope, like, shape));
        }
        this.causal = PackedAttention.causalMask(scope, causalSize, dtype);
    }

    /** Bytes of one place of one slot over all layers. */
    static long bytesPerPlace(Decoder decoder, Dtype dtype) {
        return decoder.layers().stream()
                .map(DecoderLayer::attention)
                .mapToLong(a -> 2L * a.keyValueHeads() * a.headDimension() * dtype.bytes())
                .sum();
    }

    /**
     * Which rows of a pass go where.
     *
     * @param rows {@code [M]} of the pass
     * @param slots {@code [M]}
     * @param places {@code [M]}
     */
    @SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
    record Targets(long[] rows, long[] slots, long[] places) {}

    /** A pass over whole prompts, which also fills slots. */
    Pass.AttentionPlan prefill(Scope pass, PackedBatch batch, Targets targets) {
        if (causalSize < batch.depth()) {
            causal.close();
            causalSize = (batch.depth() + MASK_STEP - 1) / MASK_STEP * MASK_STEP;
            causal = PackedAttention.causalMask(scope, causalSize, dtype);
        }
        NDArray blocks = pass.places(batch.blocks()).reshape(-1, 4);
        NDArray mask = causal;
        return new Plan(pass, targets, batch.positions()) {
            @Override
            NDArray mix(Scope inner, Attention layer, NDArray q, NDArray k, NDArray v) {
                return DecoderKernels.attend(inner, q, k, v, mask, blocks, inner.number(layer.scaling()));
            }
        };
    }

    /** A pass over one token of each of the first slots. */
    Pass.AttentionPlan step(Scope pass, int[] places) {
        int rows = places.length;
        long[] first = new long[rows];
        long[] at = new long[rows];
        int width = 0;
        for (int row = 0; row < rows; row++) {
            first[row] = row;
            at[row] = places[row];
            width = Math.max(width, places[row] + 1);
        }
        NDArray mask = GenerationKernels.mask(pass, pass.longs(at), width, like);
        return new Plan(pass, new Targets(first, first, at), places) {
            @Override
            NDArray mix(Scope inner, Attention layer, NDArray q, NDArray k, NDArray v) {
                return GenerationKernels.attend(
                        inner,
                        q,
                        keys.get(layer.layer()),
                        values.get(layer.layer()),
                        mask,
                        inner.number(layer.scaling()));
            }
        };
    }

    /** Moves what a slot holds to another. */
    void move(int from, int to, int places) {
        try (Scope inner = scope.inner()) {
            keys.forEach(cache -> GenerationKernels.move(inner, cache, from, to, places));
            values.forEach(cache -> GenerationKernels.move(inner, cache, from, to, places));
        }
    }

    @Override
    public void close() {
        scope.close();
    }

    /** Rotates, stores, and leaves the mixing to the kind of pass. */
    private abstract class Plan implements Pass.AttentionPlan {
        private final Scope pass;
        private final int[] positions;
        private final NDArray rows;
        private final NDArray slots;
        private final NDArray places;
        private final Map<Rope, NDArray[]> rotations = new HashMap<>();

        Plan(Scope pass, Targets targets, int[] positions) {
            this.pass = pass;
            this.positions = positions;
            this.rows = pass.longs(targets.rows());
            this.slots = pass.longs(targets.slots());
            this.places = pass.longs(targets.places());
        }

        /** {@code [heads, N, D]} from what is rotated and stored. */
        abstract NDArray mix(Scope inner, Attention layer, NDArray q, NDArray k, NDArray v);

        @Override
        public NDArray attend(Scope inner, Attention layer, NDArray q, NDArray k, NDArray v) {
            NDArray[] rotation = rotations.computeIfAbsent(
                    layer.rope(), rope -> PackedAttention.rotation(pass, rope, positions, dtype));
            NDArray rotatedQuery = DecoderKernels.rope(inner, q, rotation[0], rotation[1]);
            NDArray rotatedKey = DecoderKernels.rope(inner, k, rotation[0], rotation[1]);
            GenerationKernels.store(
                    inner, keys.get(layer.layer()), values.get(layer.layer()), rotatedKey, v, rows, slots, places);
            return mix(inner, layer, rotatedQuery, rotatedKey, v);
        }
    }
}
