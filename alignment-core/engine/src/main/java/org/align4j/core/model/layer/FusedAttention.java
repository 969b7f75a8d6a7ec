package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.Linear;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Rope;
import org.align4j.core.model.SelfAttention;
import org.jspecify.annotations.Nullable;

/**
 * Self-attention whose queries, keys and values come from one linear layer.
 *
 * @param core keys and values of one width, D
 * @param heads of the queries
 * @param fused its outputs lie as {@code order} says
 * @param rope null: positions are put in elsewhere
 */
public record FusedAttention(
        AttentionCore core,
        int heads,
        Linear fused,
        Order order,
        Linear output,
        @Nullable Rope rope) implements SelfAttention {

    /** How queries, keys and values lie in the fused outputs. */
    public enum Order {
        /** All queries, then all keys, then all values. */
        BY_PART,
        /** Head by head, each with its query, key and value. */
        BY_HEAD
    }

    @Override
    public Stream<Linear> linears() {
        return Stream.of(fused, output);
    }

    @Override
    public NDArray apply(Scope scope, NDArray x, PassContext pass) {
        Parts parts = split(scope, fused.apply(scope, x, pass));
        NDArray mixed = pass.attention()
                .attend(scope, core, placed(scope, parts.q, pass), placed(scope, parts.k, pass), parts.v);
        return output.applyWide(scope, DecoderKernels.mergeHeads(scope, mixed), pass);
    }

    private NDArray placed(Scope scope, NDArray x, PassContext pass) {
        return rope == null ? x : pass.attention().positions().rotate(scope, rope, x);
    }

    /** Holds queries, keys and values, each {@code [heads, N, D]}. */
    private record Parts(NDArray q, NDArray k, NDArray v) {}

    private Parts split(Scope scope, NDArray all) {
        int width = core.keyWidth();
        if (order == Order.BY_HEAD) {
            NDArray each = DecoderKernels.splitHeads(scope, all, 3 * width); // [heads, N, 3 D]
            return new Parts(
                    DecoderKernels.columns(scope, each, 0, width),
                    DecoderKernels.columns(scope, each, width, 2 * width),
                    DecoderKernels.columns(scope, each, 2 * width, 3 * width));
        }
        int queries = heads * width;
        int keys = core.keyValueHeads() * width;
        return new Parts(
                part(scope, all, 0, queries),
                part(scope, all, queries, queries + keys),
                part(scope, all, queries + keys, queries + 2 * keys));
    }

    private NDArray part(Scope scope, NDArray all, int begin, int end) {
        return DecoderKernels.splitHeads(scope, DecoderKernels.columns(scope, all, begin, end), core.keyWidth());
    }
}
