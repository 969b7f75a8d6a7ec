package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.AttentionCore;

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
        AttentionCore core, PackedAttention attention, NDArray queries, NDArray keys, NDArray values, NDArray result) {

    /**
     * Returns the gradients of queries, keys and values, of their shapes.
     *
     * @param d {@code [heads, N, E]} the gradient of the result
     */
    public List<NDArray> gradients(Scope scope, NDArray d) {
        return attention.gradients(scope, this, d);
    }
}
