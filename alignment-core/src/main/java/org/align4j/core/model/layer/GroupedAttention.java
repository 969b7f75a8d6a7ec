package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;
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
        NDArray q = placed(scope, query.apply(scope, x, pass), norms == null ? null : norms.query(), pass);
        NDArray k = placed(scope, key.apply(scope, x, pass), norms == null ? null : norms.key(), pass);
        NDArray v = DecoderKernels.splitHeads(scope, value.apply(scope, x, pass), core.valueWidth());
        NDArray mixed = pass.attention().attend(scope, core, q, k, v);
        return output.apply(scope, DecoderKernels.mergeHeads(scope, mixed), pass);
    }

    /** {@code [N, heads * D]} normed and with positions put in, as {@code [heads, N, D]}. */
    private NDArray placed(Scope scope, NDArray x, @Nullable Norm norm, PassContext pass) {
        NDArray heads = norms == null || norm == null
                ? DecoderKernels.splitHeads(scope, x, core.keyWidth())
                : norms.split(scope, norm, x, core.keyWidth(), pass);
        return rope == null ? heads : pass.attention().positions().rotate(scope, rope, heads);
    }
}
