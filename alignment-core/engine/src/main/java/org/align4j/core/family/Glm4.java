package org.align4j.core.family;

import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Rope;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.GroupedAttention.Placing;
import org.align4j.core.model.layer.JoinedLayer.SandwichLayer;

/**
 * GLM-4-0414 (GLM Team 2025): norms on both sides of attention and MLP, half of each head rotated, neighbours together, one layer for
 * the MLP's gate and up.
 */
final class Glm4 implements Family {
    private static final Map<String, Object> DEFAULTS = Map.of(
            "num_key_value_heads", 2,
            "head_dim", 128,
            "rms_norm_eps", 1.5625e-7,
            "max_position_embeddings", 131_072,
            "attention_bias", true);

    @Override
    public Set<String> architectures() {
        return Set.of("Glm4ForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("mlp_bias");
        LlamaParts parts = LlamaParts.of(given.withDefaults(DEFAULTS));
        return parts.decoder(i -> new SandwichLayer(
                parts.norm(i, "input_layernorm"),
                attention(parts, i),
                parts.norm(i, "post_self_attn_layernorm"),
                parts.norm(i, "post_attention_layernorm"),
                Phi3.mlp(parts, i),
                parts.norm(i, "post_mlp_layernorm")));
    }

    private static GroupedAttention attention(LlamaParts parts, int layer) {
        ConfigJson config = parts.config();
        Rope rope = RopeConfig.ofShare(config, parts.headWidth(), 0.5);
        boolean biased = config.flag("attention_bias", false);
        return parts.attention(layer, LlamaParts.Biases.of(biased, false), rope).with(Placing.NEIGHBOURS);
    }
}
