package org.align4j.core.family;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.model.FeedForward;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Reach;
import org.align4j.core.model.experts.MixtureOfExperts;
import org.align4j.core.model.experts.Router.SoftmaxRouter;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;

/**
 * Qwen 3's mixtures of experts (Yang et al. 2025): Qwen 3 with many small experts in most layers. The layers of
 * {@code mlp_only_layers}, and all but each {@code decoder_sparse_step}-th, keep an MLP.
 */
final class Qwen3Moe implements Family {
    static final Map<String, Object> DEFAULTS =
            Map.of("num_key_value_heads", 4, "max_position_embeddings", 32_768, "sliding_window", 4096);

    @Override
    public Set<String> architectures() {
        return Set.of("Qwen3MoeForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("mlp_bias");
        LlamaParts parts = LlamaParts.of(given.withDefaults(DEFAULTS));
        return parts.decoder(
                CheckpointNames.PLAIN.with(LlamaParts.STACKS),
                i -> new PreNormLayer(
                        parts.norm(i, "input_layernorm"),
                        attention(parts, i),
                        parts.norm(i, "post_attention_layernorm"),
                        feedForward(parts, i)));
    }

    private static GroupedAttention attention(LlamaParts parts, int layer) {
        boolean windows = parts.config().flag("use_sliding_window", false);
        return parts.attention(layer, LlamaParts.Biases.of(parts.config()))
                .with(parts.headNorms(layer))
                .with(parts.core(layer).within(windows ? Windows.everywhere(parts.config()) : Reach.ALL));
    }

    private static FeedForward feedForward(LlamaParts parts, int layer) {
        ConfigJson config = parts.config();
        List<Integer> plain = config.wholes("mlp_only_layers");
        int count = config.experts(128, "num_experts", "num_local_experts");
        boolean sparse = count > 0 && (layer + 1) % config.count("decoder_sparse_step", 1) == 0;
        if (!sparse || plain.contains(layer)) {
            return parts.mlp(layer);
        }
        String name = parts.name(layer, "mlp");
        return new MixtureOfExperts(
                new SoftmaxRouter(
                        Linear.router(name + ".gate", parts.hidden(), count),
                        ExpertCounts.chosen(parts, 8, count),
                        config.flag("norm_topk_prob", false)),
                parts.experts(name + ".experts", count, config.count("moe_intermediate_size", 768)),
                MixtureOfExperts.Weighed.OUTPUT,
                null);
    }
}
