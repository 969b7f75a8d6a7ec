package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.GroupedAttention.QueryKeyNorms;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;
import org.align4j.core.model.layer.Mlp.GatedMlp;
import org.align4j.core.model.layer.RmsNorm;
import org.jspecify.annotations.Nullable;

/**
 * A layer of the commonest shape: a root-mean-square norm, attention with a linear layer each for queries, keys and values, another
 * norm, and a gated mlp with SiLU.
 *
 * @param queryNorm over each head; null: none
 * @param keyNorm over each head; null: none
 */
public record LayerParts(
        RmsNorm attentionNorm,
        RmsNorm mlpNorm,
        @Nullable RmsNorm queryNorm,
        @Nullable RmsNorm keyNorm,
        GroupedAttention attention,
        GatedMlp mlp) {

    /** Returns the parts of a layer; null where it has another shape. */
    public static @Nullable LayerParts of(DecoderLayer layer) {
        if (!(layer instanceof PreNormLayer pre
                && pre.attention() instanceof GroupedAttention attention
                && attention.placing().equals(GroupedAttention.Placing.USUAL)
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

    /** Lists the norms in the order in which kernels read them; null where the layer has none. */
    private List<@Nullable RmsNorm> norms() {
        return Arrays.asList(attentionNorm, mlpNorm, queryNorm, keyNorm);
    }

    /** Lists the products in the order in which kernels read them. */
    public List<Linear> products() {
        return productsByInput().stream().flatMap(List::stream).toList();
    }

    /** Groups the products, in the order in which kernels read them, by the x that they read. */
    public List<List<Linear>> productsByInput() {
        return List.of(
                List.of(attention.query(), attention.key(), attention.value()),
                List.of(attention.output()),
                List.of(mlp.gate(), mlp.up()),
                List.of(mlp.down()));
    }

    /** Returns whether products that read the same x all have a bias or none. */
    public boolean biasesAgree() {
        return productsByInput().stream()
                .allMatch(same -> same.stream()
                                .map(linear -> linear.bias() == null)
                                .distinct()
                                .count()
                        == 1);
    }

    /** Returns whether keys and values of both lie in caches of one shape. */
    public boolean cachesAs(LayerParts other) {
        AttentionCore own = attention.core();
        AttentionCore that = other.attention.core();
        return own.keyValueHeads() == that.keyValueHeads()
                && own.keyWidth() == that.keyWidth()
                && own.valueWidth() == that.valueWidth();
    }

    /**
     * Lists what kernels read of the layer, a tensor without elements where there is none: its norms, then of each product
     * the weight, the bias, and the low-rank pair's a and b.
     *
     * @param scope must be open while they are used
     * @param matrices the products' weights
     */
    public List<NDArray> tensors(Scope scope, Weights weights, Function<Parameter, NDArray> matrices) {
        NDArray none = scope.zeros(0);
        List<NDArray> tensors = new ArrayList<>();
        for (RmsNorm norm : norms()) {
            tensors.add(norm == null ? none : weights.value(scope, norm.weight()));
        }
        for (Linear linear : products()) {
            Parameter bias = linear.bias();
            LoraPair pair = weights.lora(linear.weight());
            tensors.add(matrices.apply(linear.weight()));
            tensors.add(bias == null ? none : weights.value(scope, bias));
            tensors.add(pair == null ? none : pair.a());
            tensors.add(pair == null ? none : pair.b());
        }
        return tensors;
    }

    /** Returns the norms' epsilons, scaling and cap of the scores, the pairs' scalings; 0 where there is none. */
    public DoubleStream numbers(Weights weights) {
        DoubleStream.Builder numbers = DoubleStream.builder();
        for (RmsNorm norm : norms()) {
            numbers.add(norm == null ? 0 : norm.epsilon());
        }
        AttentionCore core = attention.core();
        numbers.add(core.scaling()).add(core.scoreCap());
        for (Linear linear : products()) {
            LoraPair pair = weights.lora(linear.weight());
            numbers.add(pair == null ? 0 : pair.scaling());
        }
        return numbers.build();
    }

    /** Returns whether the layer's low-rank pairs, if any, are plain ones. */
    public boolean isPlain(Weights weights) {
        return products().stream().allMatch(linear -> !linear.transposed() && isPlain(weights.lora(linear.weight())));
    }

    /** Returns whether a pair, where there is one, is two matrices and nothing else. */
    public static boolean isPlain(@Nullable LoraPair pair) {
        return pair == null || (pair.start() == null && pair.magnitudes() == null);
    }
}
