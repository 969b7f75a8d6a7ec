package org.align4j.core.family;

import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;

/** Qwen 3 (Yang et al. 2025): Llama with normed queries and keys, and windows on the upper layers if any. */
final class Qwen3 implements Family {
    static final Map<String, Object> DEFAULTS =
            Map.of("head_dim", 128, "max_position_embeddings", 32_768, "sliding_window", 4096);

    @Override
    public Set<String> architectures() {
        return Set.of("Qwen3ForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("mlp_bias");
        LlamaParts parts = LlamaParts.of(given.withDefaults(DEFAULTS));
        return parts.decoder(i -> new PreNormLayer(
                parts.norm(i, "input_layernorm"),
                attention(parts, i),
                parts.norm(i, "post_attention_layernorm"),
                parts.mlp(i)));
    }

    private static GroupedAttention attention(LlamaParts parts, int layer) {
        return parts.attention(layer, LlamaParts.Biases.of(parts.config()))
                .with(parts.headNorms(layer))
                .with(parts.core(layer).within(Windows.ofQwen(parts.config(), layer)));
    }
}
