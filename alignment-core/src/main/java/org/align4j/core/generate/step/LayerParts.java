package org.align4j.core.generate.step;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.model.Activation;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.GatedMlp;
import org.align4j.core.model.GroupedAttention;
import org.align4j.core.model.Linear;
import org.align4j.core.model.LoraPair;
import org.align4j.core.model.Norm;
import org.align4j.core.model.PreNormLayer;
import org.align4j.core.model.QueryKeyNorms;
import org.align4j.core.model.RmsNorm;
import org.align4j.core.model.Weights;
import org.jspecify.annotations.Nullable;

/**
 * A layer of the commonest shape: a root-mean-square norm, attention with a linear layer each for queries, keys and values, another
 * norm, and a gated mlp with SiLU.
 *
 * @param queryNorm over each head; null: none
 * @param keyNorm over each head; null: none
 */
record LayerParts(
        RmsNorm attentionNorm,
        RmsNorm mlpNorm,
        @Nullable RmsNorm queryNorm,
        @Nullable RmsNorm keyNorm,
        GroupedAttention attention,
        GatedMlp mlp) {

    /** The parts of a layer; null where it has another shape. */
    static @Nullable LayerParts of(DecoderLayer layer) {
        if (!(layer instanceof PreNormLayer pre
                && pre.attention() instanceof GroupedAttention attention
                && pre.mlp() instanceof GatedMlp mlp
                && mlp.activation() == Activation.SILU)) {
            return null;
        }
        RmsNorm first = plain(pre.attentionNorm());
        RmsNorm second = plain(pre.mlpNorm());
        QueryKeyNorms norms = attention.norms();
        RmsNorm query = norms == null ? null : plain(norms.query());
        RmsNorm key = norms == null ? null : plain(norms.key());
        boolean normed =
                norms == null || (norms.over() == QueryKeyNorms.Over.EACH_HEAD && query != null && key != null);
        return first == null || second == null || !normed
                ? null
                : new LayerParts(first, second, query, key, attention, mlp);
    }

    private static @Nullable RmsNorm plain(Norm norm) {
        return norm instanceof RmsNorm rms && rms.gain() == RmsNorm.Gain.WEIGHT_AFTER_ROUNDING ? rms : null;
    }

    /** In the order in which kernels read them; null where there is none. */
    List<@Nullable RmsNorm> norms() {
        return Arrays.asList(attentionNorm, mlpNorm, queryNorm, keyNorm);
    }

    /** In the order in which kernels read them. */
    List<Linear> products() {
        return List.of(
                attention.query(),
                attention.key(),
                attention.value(),
                attention.output(),
                mlp.gate(),
                mlp.up(),
                mlp.down());
    }

    /** Whether its low-rank pairs, if any, are plain ones. */
    boolean isPlain(Weights weights) {
        return products().stream().allMatch(linear -> !linear.transposed() && isPlain(weights.lora(linear.weight())));
    }

    private static boolean isPlain(@Nullable LoraPair pair) {
        return pair == null || (pair.start() == null && pair.magnitudes() == null);
    }
}
