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
import org.align4j.core.model.Positions.PositionTemperature;
import org.align4j.core.model.Rope;
import org.align4j.core.model.SelfAttention;
import org.jspecify.annotations.Nullable;

/**
 * Grouped-query self-attention with a linear layer each for queries, keys and values (Ainslie et al. 2023).
 *
 * @param norms of queries and keys; null: none
 * @param rope null: positions are not put in
 * @param placing how positions are put in
 */
public record GroupedAttention(
        AttentionCore core,
        Linear query,
        Linear key,
        Linear value,
        Linear output,
        @Nullable QueryKeyNorms norms,
        @Nullable Rope rope,
        Placing placing)
        implements SelfAttention {

    /**
     * How positions are put into queries and keys.
     *
     * @param pairing which dimensions are rotated together
     * @param order of rotating and norming each head
     * @param temperature of the queries; null: none
     */
    public record Placing(
            Rope.Pairing pairing, Order order, @Nullable PositionTemperature temperature) {
        /** The commonest way: the halves of normed heads are rotated, no query grows. */
        public static final Placing USUAL = new Placing(Rope.Pairing.HALVES, Order.NORMS_FIRST, null);

        /** The way of the first rotary positions, which rotate neighbouring dimensions (GLM-4, Cohere, ERNIE). */
        public static final Placing NEIGHBOURS = new Placing(Rope.Pairing.NEIGHBOURS, Order.NORMS_FIRST, null);

        /** Whether heads are normed before they are rotated. */
        public enum Order {
            NORMS_FIRST,
            /** Rotated heads are normed (HunYuan). */
            ROTATION_FIRST
        }
    }

    /** Returns this attention with another core. */
    public GroupedAttention with(AttentionCore other) {
        return new GroupedAttention(other, query, key, value, output, norms, rope, placing);
    }

    /** Returns this attention with queries and keys normed. */
    public GroupedAttention with(QueryKeyNorms other) {
        return new GroupedAttention(core, query, key, value, output, other, rope, placing);
    }

    /** Returns this attention with positions put in in another way. */
    public GroupedAttention with(Placing other) {
        return new GroupedAttention(core, query, key, value, output, norms, rope, other);
    }

    /** Returns this attention without positions (Kazemnejad et al. 2023). */
    public GroupedAttention withoutPositions() {
        return new GroupedAttention(core, query, key, value, output, norms, null, placing);
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
        PositionTemperature temperature = placing.temperature;
        NDArray sharp = temperature == null ? q : pass.attention().positions().sharpen(scope, temperature, q);
        NDArray mixed = pass.attention().attend(scope, core, sharp, k, v);
        return output.applyWide(scope, DecoderKernels.mergeHeads(scope, mixed), pass);
    }

    /** Returns queries or keys, normed and with positions put in: {@code [heads, N, D]}. */
    private NDArray placed(Scope scope, Linear layer, NDArray x, @Nullable Norm norm, PassContext pass) {
        if (norms == null || norm == null) {
            NDArray rows = layer.applyWide(scope, x, pass);
            return rotated(scope, DecoderKernels.splitHeads(scope, rows, core.keyWidth()), pass);
        }
        NDArray rows = rows(scope, layer, x, pass);
        return switch (placing.order) {
            case NORMS_FIRST -> rotated(scope, norms.split(scope, norm, rows, core.keyWidth(), pass), pass);
            case ROTATION_FIRST -> {
                NDArray heads = rotated(scope, DecoderKernels.splitHeads(scope, rows, core.keyWidth()), pass);
                yield norm.apply(scope, heads, pass, true);
            }
        };
    }

    private NDArray rotated(Scope scope, NDArray heads, PassContext pass) {
        return rope == null ? heads : pass.attention().positions().rotate(scope, rope, placing.pairing, heads);
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
