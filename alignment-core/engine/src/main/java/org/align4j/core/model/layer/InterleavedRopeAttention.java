package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.Linear;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Positions.PositionTemperature;
import org.align4j.core.model.Rope;
import org.align4j.core.model.SelfAttention;
import org.jspecify.annotations.Nullable;

/**
 * Llama 4's attention, whose layers with rotary positions alternate with layers without any.
 *
 * @param rope of neighbouring dimensions; null: a layer without positions
 * @param normEpsilon of the norm without weight over each rotated query and key; 0: they are not normed
 * @param temperature of the queries; null: none
 */
public record InterleavedRopeAttention(
        AttentionCore core,
        Linear query,
        Linear key,
        Linear value,
        Linear output,
        @Nullable Rope rope,
        double normEpsilon,
        @Nullable PositionTemperature temperature)
        implements SelfAttention {

    @Override
    public Stream<Linear> linears() {
        return List.of(query, key, value, output).stream();
    }

    @Override
    public NDArray apply(Scope scope, NDArray x, PassContext pass) {
        NDArray q = heads(scope, query, x, pass);
        NDArray k = heads(scope, key, x, pass);
        NDArray v = DecoderKernels.splitHeads(scope, value.apply(scope, x, pass), core.valueWidth());
        NDArray sharp = temperature == null ? q : pass.attention().positions().sharpen(scope, temperature, q);
        NDArray mixed = pass.attention().attend(scope, core, sharp, k, v);
        return output.applyWide(scope, DecoderKernels.mergeHeads(scope, mixed), pass);
    }

    private NDArray heads(Scope scope, Linear layer, NDArray x, PassContext pass) {
        NDArray heads = DecoderKernels.splitHeads(scope, layer.apply(scope, x, pass), core.keyWidth());
        NDArray placed =
                rope == null ? heads : pass.attention().positions().rotate(scope, rope, Rope.Pairing.NEIGHBOURS, heads);
        return normEpsilon == 0 ? placed : DecoderKernels.unitRms(scope, placed, scope.number(normEpsilon));
    }
}
