package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.Map;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.pack.PackedBatch;

/** Attention of a packed batch: every block of rows sees its shared prefix and itself. Tensors belong to the given scope. */
public final class PackedAttention implements Pass.AttentionPlan {
    private final Scope owner;
    private final Dtype dtype;
    private final PackedBatch batch;
    private final NDArray blocks;
    private final NDArray mask;
    private final Map<Rope, NDArray[]> rotations = new HashMap<>();

    /**
     * @param owner lives as long as the pass, its backward included
     * @param mask {@code [M, M]} of {@link #causalMask}, M at least the batch's depth
     */
    public PackedAttention(Scope owner, PackedBatch batch, NDArray mask, Dtype dtype) {
        this.owner = owner;
        this.dtype = dtype;
        this.batch = batch;
        this.mask = mask;
        this.blocks = owner.places(batch.blocks()).reshape(-1, 4);
    }

    /** {@code [size, size]} additive: 0 where a row may look, minus infinity after it. */
    public static NDArray causalMask(Scope scope, int size, Dtype dtype) {
        float[] values = new float[size * size];
        for (int row = 0; row < size; row++) {
            for (int column = row + 1; column < size; column++) {
                values[row * size + column] = Float.NEGATIVE_INFINITY;
            }
        }
        try (Scope inner = scope.inner()) {
            return scope.keep(TensorKernels.copy(inner, inner.floats(values, size, size), dtype));
        }
    }

    @Override
    public NDArray attend(Scope scope, Attention layer, NDArray q, NDArray k, NDArray v) {
        NDArray[] rotation = rotations.computeIfAbsent(layer.rope(), this::rotation);
        NDArray rotatedQuery = DecoderKernels.rope(scope, q, rotation[0], rotation[1]);
        NDArray rotatedKey = DecoderKernels.rope(scope, k, rotation[0], rotation[1]);
        return DecoderKernels.attend(scope, rotatedQuery, rotatedKey, v, mask, blocks, scope.number(layer.scaling()));
    }

    private NDArray[] rotation(Rope rope) {
        return rotation(owner, rope, batch.positions(), dtype);
    }

    /** Cosine and sine {@code [N, D / 2]} of positions, in the compute dtype. */
    public static NDArray[] rotation(Scope owner, Rope rope, int[] positions, Dtype dtype) {
        long width = rope.inverseFrequencies().length;
        try (Scope inner = owner.inner()) {
            NDArray cos = inner.floats(rope.cosines(positions), positions.length, width);
            NDArray sin = inner.floats(rope.sines(positions), positions.length, width);
            return new NDArray[] {
                owner.keep(TensorKernels.copy(inner, cos, dtype)), owner.keep(TensorKernels.copy(inner, sin, dtype))
            };
        }
    }
}
