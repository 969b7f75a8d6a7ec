package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Norm;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Rope;
import org.align4j.core.model.SelfAttention;
import org.jspecify.annotations.Nullable;

/**
 * Grouped-query self-attention with a linear layer each for queries, keys and values (Ainslie et al. 2023).
 *
 * @param norms of queries and keys; null: none
 * @param rope null: positions are not put in
 */
public record GroupedAttention(
        AttentionCore core,
        Linear query,
        Linear key,
        Linear value,
        Linear output,
        @Nullable QueryKeyNorms norms,
        @Nullable Rope rope)
        implements SelfAttention {

    /** Returns this attention with another core. */
    public GroupedAttention with(AttentionCore other) {
        return new GroupedAttention(other, query, key, value, output, norms, rope);
    }

    /** Returns this attention with queries and keys normed. */
    public GroupedAttention with(QueryKeyNorms other) {
        return new GroupedAttention(core, query, key, value, output, other, rope);
    }

    /** Returns this attention without positions (Kazemnejad et al. 2023). */
    public GroupedAttention withoutPositions() {
        return new GroupedAttention(core, query, key, value, output, norms, null);
    }

    @Override
    public Stream<Linear> linears() {
        return List.of(query, key, value, output).stream();
    }

    @Override
    public Stream<Parameter> parameters() {
        Stream<Parameter> own = linears().flatMap(Linear::parameters);
        return norms == null ? own : Stream.concat(own, norms.parameters());
    }

    @Override
    public NDArray apply(Scope scope, NDArray x, PassContext pass) {
        NDArray q = placed(scope, query, x, norms == null ? null : norms.query(), pass);
        NDArray k = placed(scope, key, x, norms == null ? null : norms.key(), pass);
        NDArray v = DecoderKernels.splitHeads(scope, value.apply(scope, x, pass), core.valueWidth());
        NDArray mixed = pass.attention().attend(scope, core, q, k, v);
        return output.applyWide(scope, DecoderKernels.mergeHeads(scope, mixed), pass);
    }

    /** Returns queries or keys, normed and with positions put in: {@code [heads, N, D]}. */
    private NDArray placed(Scope scope, Linear layer, NDArray x, @Nullable Norm norm, PassContext pass) {
        NDArray heads = norms == null || norm == null
                ? DecoderKernels.splitHeads(scope, layer.applyWide(scope, x, pass), core.keyWidth())
                : norms.split(scope, norm, rows(scope, layer, x, pass), core.keyWidth(), pass);
        return rope == null ? heads : pass.attention().positions().rotate(scope, rope, heads);
    }

    /** Returns the rows that a norm reads: in fp32 where sums are, so that the normed rows are rounded once. */
    private static NDArray rows(Scope scope, Linear layer, NDArray x, PassContext pass) {
        NDArray y = layer.apply(scope, x, pass);
        return pass.attention().sumsWide() ? TensorKernels.cast(scope, y, Dtype.F32) : y;
    }

    /**
     * Norms of queries and keys before positions are put in (Henry et al. 2020).
     *
     * @param over what each norm runs over
     */
    public record QueryKeyNorms(Norm query, Norm key, Over over) {

        /** The dimensions that a norm of queries or keys runs over. */
        public enum Over {
            /** Each head alone, with one weight for all of them (Qwen 3, Gemma 3). */
            EACH_HEAD,
            /** All heads together (OLMo 2). */
            ALL_HEADS
        }

        /** {@code [N, heads * D]} normed, as {@code [heads, N, D]}. */
        NDArray split(Scope scope, Norm norm, NDArray x, int headWidth, PassContext pass) {
            return switch (over) {
                case EACH_HEAD -> norm.apply(scope, DecoderKernels.splitHeads(scope, x, headWidth), pass, true);
                case ALL_HEADS -> DecoderKernels.splitHeads(scope, norm.apply(scope, x, pass, true), headWidth);
            };
        }

        Stream<Parameter> parameters() {
            return Stream.concat(query.parameters(), key.parameters());
        }
    }
}
