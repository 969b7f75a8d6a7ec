package org.align4j.core.family;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.model.Rope;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;

/**
 * GLM-4.5, 4.6 and 4.7 (GLM Team 2025): DeepSeek-V3's experts under grouped-query attention that rotates half of each head. The layers that
 * predict further tokens are left alone.
 */
final class Glm4Moe implements Family {
    private static final int EXPERTS = 128;

    private static final Map<String, Object> DEFAULTS = Map.ofEntries(
            Map.entry("num_key_value_heads", 8),
            Map.entry("rms_norm_eps", 1e-5),
            Map.entry("max_position_embeddings", 131_072),
            Map.entry("n_shared_experts", 1),
            Map.entry("first_k_dense_replace", 1),
            Map.entry("moe_intermediate_size", 1408),
            Map.entry("routed_scaling_factor", 1.0),
            Map.entry("num_nextn_predict_layers", 1));

    @Override
    public Set<String> architectures() {
        return Set.of("Glm4MoeForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("mlp_bias");
        ConfigJson config = given.withDefaults(DEFAULTS);
        LlamaParts parts = LlamaParts.of(config);
        return parts.decoder(
                new CheckpointNames(List.of(), DeepseekV3.ignored(config)).with(LlamaParts.STACKS),
                i -> new PreNormLayer(
                        parts.norm(i, "input_layernorm"),
                        attention(parts, i),
                        parts.norm(i, "post_attention_layernorm"),
                        DeepseekV3.feedForward(parts, i, EXPERTS)));
    }

    private static GroupedAttention attention(LlamaParts parts, int layer) {
        ConfigJson config = parts.config();
        Rope rope = RopeConfig.ofShare(config, parts.headWidth(), 0.5);
        boolean biased = config.flag("attention_bias", false);
        GroupedAttention attention = parts.attention(layer, LlamaParts.Biases.of(biased, false), rope);
        return config.flag("use_qk_norm", false) ? attention.with(parts.headNorms(layer)) : attention;
    }
}
