package org.align4j.core.model.attention;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.Map;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Positions;
import org.align4j.core.model.Reach;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowBlock;
import org.jspecify.annotations.Nullable;

/** Attention of a packed batch: every block of rows sees its shared prefix and itself. Tensors belong to the given scope. */
public final class PackedAttention implements PassContext.AttentionPlan {
    private final Scope owner;
    private final Masks masks;
    private final Map<Reach, NDArray> seen = new HashMap<>();
    private final int depth;
    private final NDArray blocks;
    private final @Nullable VarlenAttention varlen;
    private final Positions positions;

    /**
     * @param owner lives as long as the pass, its backward included
     * @param masks outlive the pass
     */
    public PackedAttention(Scope owner, PackedBatch batch, Masks masks, Dtype dtype) {
        this.owner = owner;
        this.masks = masks;
        this.depth = batch.depth();
        this.blocks = owner.places(RowBlock.numbers(batch.blocks())).reshape(-1, RowBlock.NUMBERS);
        boolean onGpu = owner.engine().device().isGpu();
        this.varlen = onGpu ? new VarlenAttention(owner, batch.blocks(), dtype) : null;
        this.positions = new Positions(owner, batch.positions(), batch.lengths(), dtype);
    }

    @Override
    public Positions positions() {
        return positions;
    }

    /** Returns the additive mask of a reach, as deep as kernels read it. */
    public NDArray mask(Reach reach) {
        return seen.computeIfAbsent(reach, other -> masks.of(owner, other, depth));
    }

    /** {@code [B, 4]} int64: first row, end row, first prefix row, end prefix row of each block. */
    public NDArray blocks() {
        return blocks;
    }

    @Override
    public NDArray attend(Scope scope, AttentionCore core, NDArray q, NDArray k, NDArray v) {
        NDArray whole = varlen == null ? null : varlen.attend(scope, core, q, k, v);
        return whole == null ? byBlocks(scope, core, q, k, v) : whole;
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
                scope.number(core.scaling()),
                scope.number(core.scoreCap()));
    }
}
