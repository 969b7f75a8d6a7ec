package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.kernel.Autograd;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Positions;
import org.align4j.core.model.Reach;
import org.align4j.core.pack.AttentionTiles;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.PackedBatch.RowBlock;
import org.jspecify.annotations.Nullable;

/** Attention of a packed batch: every block of rows sees its shared prefix and itself. Tensors belong to the given scope. */
public final class PackedAttention implements PassContext.AttentionPlan {
    private final Scope owner;
    private final Masks masks;
    private final Map<Reach, NDArray> seen = new HashMap<>();
    private final Map<Reach, NDArray> numbers = new HashMap<>();
    private final int depth;
    private final boolean isLong;
    private final NDArray blocks;
    private final @Nullable VarlenAttention varlen;
    private final Positions positions;
    private @Nullable Scope cutting;
    private @Nullable AttentionCut cut;

    /**
     * @param owner lives as long as the pass, its backward included
     * @param masks outlive the pass
     */
    public PackedAttention(Scope owner, PackedBatch batch, Masks masks, Dtype dtype) {
        this.owner = owner;
        this.masks = masks;
        this.depth = Math.min(batch.depth(), AttentionTiles.LONGEST_WHOLE);
        this.isLong = AttentionTiles.serve(batch.depth());
        this.blocks = owner.places(RowBlock.numbers(batch.blocks())).reshape(-1, RowBlock.NUMBERS);
        boolean inOneCall = owner.engine().profile().attendsPacks();
        this.varlen = inOneCall ? new VarlenAttention(owner, batch.blocks(), dtype) : null;
        this.positions =
                new Positions(owner, batch.tokens().positions(), batch.tokens().lengths(), Dtype.F32);
    }

    /** Whether a block of the pack is so long that it attends by tiles. */
    public boolean isLong() {
        return isLong;
    }

    @Override
    public Positions positions() {
        return positions;
    }

    /** Returns the additive mask of a reach, as deep as kernels read it: longer blocks make theirs, tile by tile. */
    public NDArray mask(Reach reach) {
        return seen.computeIfAbsent(reach, other -> masks.of(owner, other, depth));
    }

    /** {@code [5]} int64: what kernels are given of a reach. */
    public NDArray numbers(Reach reach) {
        return numbers.computeIfAbsent(reach, other -> owner.ownPlaces(other.numbers()));
    }

    /**
     * Has the next layer's attention stand outside the recorded graph where its blocks are long, so that autograd keeps no scores.
     *
     * @param kept owns what a backward reads
     */
    public void cutInto(Scope kept) {
        cutting = kept;
        cut = null;
    }

    /** Returns what stood outside the graph since {@link #cutInto}, and has the next layer recorded whole; null: nothing did. */
    public @Nullable AttentionCut takeCut() {
        AttentionCut taken = cut;
        cutting = null;
        cut = null;
        return taken;
    }

    /** {@code [B, 4]} int64: first row, end row, first prefix row, end prefix row of each block. */
    public NDArray blocks() {
        return blocks;
    }

    @Override
    public boolean sumsWide() {
        return true;
    }

    @Override
    public NDArray attend(Scope scope, AttentionCore core, NDArray q, NDArray k, NDArray v) {
        NDArray whole = varlen == null
                ? null
                : varlen.attend(scope, core, TensorKernels.castAs(scope, q, v), TensorKernels.castAs(scope, k, v), v);
        if (whole != null) {
            return whole;
        }
        Scope kept = cutting;
        return kept == null || !isLong ? byBlocks(scope, core, q, k, v) : outside(scope, kept, core, q, k, v);
    }

    private NDArray outside(Scope scope, Scope kept, AttentionCore core, NDArray q, NDArray k, NDArray v) {
        NDArray mixed = Autograd.apart(scope, () -> byBlocks(scope, core, q, k, v));
        AttentionCut outside =
                new AttentionCut(core, this, kept.keep(q), kept.keep(k), kept.keep(v), Autograd.leaf(kept, mixed));
        cut = outside;
        return outside.result();
    }

    /** The gradients of queries, keys and values, the scores made once more. */
    List<NDArray> gradients(Scope scope, AttentionCut cut, NDArray d) {
        return DecoderKernels.attendGradients(
                scope,
                d,
                new DecoderKernels.Heads(cut.queries(), cut.keys(), cut.values()),
                blocks,
                numbers(cut.core().reach()),
                scope.number(cut.core().scaling()),
                scope.number(cut.core().scoreCap()));
    }

    /** Attends block after block, whatever the device and the reach. */
    NDArray byBlocks(Scope scope, AttentionCore core, NDArray q, NDArray k, NDArray v) {
        return DecoderKernels.attend(
                scope,
                q,
                k,
                v,
                mask(core.reach()),
                blocks,
                numbers(core.reach()),
                scope.number(core.scaling()),
                scope.number(core.scoreCap()));
    }

    /**
     * Holds attention that was computed outside its layer's recorded graph, which it cuts in two: autograd would keep every score of long
     * blocks. The graph before it ends in queries, keys and values, the one after it begins at its result.
     *
     * @param attention of the pass
     * @param queries {@code [heads, N, D]} of the graph before
     * @param keys {@code [kv heads, N, D]} of the graph before
     * @param values {@code [kv heads, N, E]} of the graph before
     * @param result {@code [heads, N, E]} a leaf of the graph after
     */
    public record AttentionCut(
            AttentionCore core,
            PackedAttention attention,
            NDArray queries,
            NDArray keys,
            NDArray values,
            NDArray result) {

        /**
         * Returns the gradients of queries, keys and values, of their shapes.
         *
         * @param d {@code [heads, N, E]} the gradient of the result
         */
        public List<NDArray> gradients(Scope scope, NDArray d) {
            return attention.gradients(scope, this, d);
        }
    }

    /** Additive masks by reach: 0 where a position may look, minus infinity elsewhere. One a reach, grown when needed. Several
     * threads may ask. */
    public static final class Masks {
        private static final int STEP = 256;

        private final Scope owner;
        private final Map<Reach, NDArray> masks = new HashMap<>();

        /** Masks that live as long as their owner. */
        public Masks(Scope owner) {
            this.owner = owner;
        }

        /** {@code [M, M]} fp32, M at least {@code depth} and what kernels read beyond it; the handle belongs to {@code user}. */
        synchronized NDArray of(Scope user, Reach reach, int depth) {
            int needed = depth + AttentionTiles.GRAIN;
            NDArray current = masks.get(reach);
            if (current == null || current.getShape().get(0) < needed) {
                NDArray grown = make(reach, (needed + STEP - 1) / STEP * STEP);
                if (current != null) {
                    current.close();
                }
                masks.put(reach, grown);
                current = grown;
            }
            return TensorKernels.alias(user, current);
        }

        private NDArray make(Reach reach, int size) {
            float[] values = new float[size * size];
            for (int row = 0; row < size; row++) {
                for (int column = 0; column < size; column++) {
                    if (!reach.sees(row, column)) {
                        values[row * size + column] = Float.NEGATIVE_INFINITY;
                    }
                }
            }
            try (Scope inner = owner.inner()) {
                return owner.keep(TensorKernels.copy(inner, inner.floats(values, size, size), Dtype.F32));
            }
        }
    }
}
