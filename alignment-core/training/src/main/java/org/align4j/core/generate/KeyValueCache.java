package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.GenerationKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.StepKernels;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Positions;
import org.align4j.core.model.Reach;
import org.align4j.core.model.layer.PackedAttention;
import org.align4j.core.model.layer.PackedAttention.Masks;
import org.align4j.core.pack.PackedBatch;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of all layers: slots of as many places as the longest one needs, a few more at a time, so that what a step reads lies
 * side by side.
 */
final class KeyValueCache implements AutoCloseable {
    /** Places come and go by so many, so that few distinct shapes occur. */
    private static final int WIDTH_GRAIN = 32;

    private final Scope scope;
    private final Dtype dtype;
    private final int places;
    private final NDArray like;
    private final List<NDArray> keys = new ArrayList<>();
    private final List<NDArray> values = new ArrayList<>();
    private final Masks masks;
    private int width;
    private @Nullable Listed listed;

    /**
     * @param scope closed with the cache
     * @param like a tensor of the compute dtype on the device
     * @param places tokens a slot may come to hold
     */
    public KeyValueCache(Scope scope, Decoder decoder, Dtype dtype, NDArray like, int slots, int places) {
        this.scope = scope;
        this.dtype = dtype;
        this.places = places;
        this.like = like;
        this.width = Math.min(places, WIDTH_GRAIN);
        for (DecoderLayer layer : decoder.layers()) {
            AttentionCore core = layer.attentionCore();
            keys.add(GenerationKernels.newCache(scope, like, slots, core.keyValueHeads(), width, core.keyWidth()));
            values.add(GenerationKernels.newCache(scope, like, slots, core.keyValueHeads(), width, core.valueWidth()));
        }
        this.masks = new Masks(scope);
    }

    /** All layers' tensors as kernels take them, in a scope of their own. */
    private record Listed(Scope scope, TensorList keys, TensorList values) {}

    private Listed listed() {
        Listed current = listed;
        if (current == null) {
            Scope inner = scope.inner();
            current = new Listed(inner, TensorList.of(inner, "keys", keys), TensorList.of(inner, "values", values));
            listed = current;
        }
        return current;
    }

    /** Gives every slot so many places; one layer is held twice meanwhile. */
    private void resize(int wanted) {
        if (wanted == width) {
            return;
        }
        width = wanted;
        if (listed != null) {
            listed.scope().close();
            listed = null;
        }
        keys.replaceAll(this::resized);
        values.replaceAll(this::resized);
    }

    private NDArray resized(NDArray cache) {
        try (Scope inner = scope.inner()) {
            NDArray other = scope.keep(GenerationKernels.resized(inner, cache, width));
            cache.close();
            return other;
        }
    }

    private static int most(long[] places) {
        return Math.toIntExact(Arrays.stream(places).max().orElse(-1) + 1);
    }

    /** Bytes of one place of one slot over all layers. */
    public static long bytesPerPlace(Decoder decoder, Dtype dtype) {
        return decoder.layers().stream()
                .map(DecoderLayer::attentionCore)
                .mapToLong(core -> (long) core.keyValueHeads() * (core.keyWidth() + core.valueWidth()) * dtype.bytes())
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
    public record Targets(long[] rows, long[] slots, long[] places) {}

    /** A pass over whole prompts, which also fills slots. */
    public PassContext.AttentionPlan prefill(Scope pass, PackedBatch batch, Targets targets) {
        resize(Math.max(width, width(most(targets.places()))));
        PackedAttention packed = new PackedAttention(pass, batch, masks, dtype);
        return new Plan(pass, targets, packed.positions()) {
            @Override
            NDArray mix(Scope inner, AttentionCore core, NDArray q, NDArray k, NDArray v) {
                return packed.attend(inner, core, q, k, v);
            }
        };
    }

    /** A pass over one token of each of the first slots. */
    Step step(Scope pass, int[] places) {
        return new Step(pass, places);
    }

    private int width(int seen) {
        return Math.min(places, (seen + WIDTH_GRAIN - 1) / WIDTH_GRAIN * WIDTH_GRAIN);
    }

    /** Moves what a slot holds to another. */
    public void move(int from, int to, int places) {
        try (Scope inner = scope.inner()) {
            keys.forEach(cache -> GenerationKernels.move(inner, cache, from, to, places));
            values.forEach(cache -> GenerationKernels.move(inner, cache, from, to, places));
        }
    }

    @Override
    public void close() {
        scope.close();
    }

    /** A pass over one token of each of the first slots, at these places. */
    final class Step extends Plan {
        private final Scope pass;
        private final Map<Reach, NDArray> seen = new HashMap<>();

        private Step(Scope pass, int[] places) {
            super(pass, targets(places), positionsAt(pass, places));
            this.pass = pass;
            resize(width(Arrays.stream(places).max().orElse(0) + 1));
        }

        /** {@code [B, 1, 1, width]} what each row sees. */
        NDArray mask(Reach reach) {
            return seen.computeIfAbsent(reach, this::make);
        }

        private NDArray make(Reach reach) {
            int window = reach.extent() == Reach.Extent.WINDOW ? reach.size() : 0;
            int chunk = reach.extent() == Reach.Extent.CHUNK ? reach.size() : 0;
            return GenerationKernels.mask(pass, places(), width, window, chunk, like);
        }

        /**
         * Returns the keys and values that the rows of a step attend to.
         *
         * @param shared masks and rotations
         */
        StepKernels.Slots slots(TensorList shared) {
            return new StepKernels.Slots(listed().keys(), listed().values(), shared, places());
        }

        @Override
        NDArray mix(Scope inner, AttentionCore core, NDArray q, NDArray k, NDArray v) {
            return GenerationKernels.attend(
                    inner,
                    q,
                    keys.get(core.layer()),
                    values.get(core.layer()),
                    mask(core.reach()),
                    inner.number(core.scaling()),
                    inner.number(core.scoreCap()));
        }
    }

    private static Targets targets(int[] places) {
        long[] first = LongStream.range(0, places.length).toArray();
        return new Targets(first, first, Arrays.stream(places).asLongStream().toArray());
    }

    private Positions positionsAt(Scope pass, int[] places) {
        int[] lengths = Arrays.stream(places).map(place -> place + 1).toArray();
        return new Positions(pass, places, lengths, dtype);
    }

    /** Stores, and leaves the mixing to the kind of pass. */
    private abstract class Plan implements PassContext.AttentionPlan {
        private final Positions positions;
        private final NDArray rows;
        private final NDArray slots;
        private final NDArray places;

        Plan(Scope pass, Targets targets, Positions positions) {
            this.positions = positions;
            this.rows = pass.longs(targets.rows());
            this.slots = pass.longs(targets.slots());
            this.places = pass.longs(targets.places());
        }

        /** {@code [heads, N, value width]} after k and v are stored. */
        abstract NDArray mix(Scope inner, AttentionCore core, NDArray q, NDArray k, NDArray v);

        /** Returns the cache places of the rows, {@code [M]} int64. */
        NDArray places() {
            return places;
        }

        @Override
        public Positions positions() {
            return positions;
        }

        @Override
        public NDArray attend(Scope inner, AttentionCore core, NDArray q, NDArray k, NDArray v) {
            GenerationKernels.store(inner, keys.get(core.layer()), values.get(core.layer()), k, v, rows, slots, places);
            return mix(inner, core, q, k, v);
        }
    }
}
