package org.align4j.core.family;

import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;

/** Seed-OSS (ByteDance Seed 2025): Llama with biases on queries, keys and values, and on the output's layer if so given. */
final class SeedOss implements Family {
    private static final Map<String, Object> DEFAULTS = Map.of(
            "num_key_value_heads", 8, "head_dim", 128, "max_position_embeddings", 524_288, "attention_bias", true);

    @Override
    public Set<String> architectures() {
        return Set.of("SeedOssForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        ConfigJson config = given.withDefaults(DEFAULTS);
        LlamaParts parts = LlamaParts.of(config);
        LlamaParts.Biases biases =
                LlamaParts.Biases.of(config.flag("attention_bias", false), config.flag("attention_out_bias", false));
        return parts.decoder(i -> new PreNormLayer(
                parts.norm(i, "input_layernorm"),
                parts.attention(i, biases),
                parts.norm(i, "post_attention_layernorm"),
                parts.mlp(i)));
    }
}
