package org.align4j.core.family;

import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;

/** Qwen 2 and 2.5 (Yang et al. 2024): Llama with biases on queries, keys and values, and windows on the upper layers if any. */
final class Qwen2 implements Family {
    static final Map<String, Object> DEFAULTS = Map.of("max_position_embeddings", 32_768, "sliding_window", 4096);

    @Override
    public Set<String> architectures() {
        return Set.of("Qwen2ForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("use_mrope", "mlp_bias");
        LlamaParts parts = LlamaParts.of(given.withDefaults(DEFAULTS));
        return parts.decoder(i -> new PreNormLayer(
                parts.norm(i, "input_layernorm"),
                attention(parts, i),
                parts.norm(i, "post_attention_layernorm"),
                parts.mlp(i)));
    }

    private static GroupedAttention attention(LlamaParts parts, int layer) {
        return parts.attention(layer, LlamaParts.Biases.INPUTS)
                .with(parts.core(layer).within(Windows.ofQwen(parts.config(), layer)));
    }
}
