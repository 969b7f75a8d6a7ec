package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.Map;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.Reach;
import org.align4j.core.pack.AttentionTiles;

/** Additive masks by reach: 0 where a position may look, minus infinity elsewhere. One a reach, grown when needed. Several
 * threads may ask. */
public final class Masks {
    private static final int STEP = 256;

    private final Scope owner;
    private final Dtype dtype;
    private final Map<Reach, NDArray> masks = new HashMap<>();

    /** Masks in the compute dtype that live as long as their owner. */
    public Masks(Scope owner, Dtype dtype) {
        this.owner = owner;
        this.dtype = dtype;
    }

    /** {@code [M, M]}, M at least {@code depth} and what kernels read beyond it; the handle belongs to {@code user}. */
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
            return owner.keep(TensorKernels.copy(inner, inner.floats(values, size, size), dtype));
        }
    }
}
