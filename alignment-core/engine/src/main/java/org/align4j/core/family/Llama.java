package org.align4j.core.family;

import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;

/**
 * Llama 2 and 3, and what shares their architecture (SmolLM2, TinyStories): pre-norm blocks, grouped-query attention, rotary
 * positions, SwiGLU (Touvron et al. 2023; Grattafiori et al. 2024).
 */
final class Llama implements Family {

    @Override
    public Set<String> architectures() {
        return Set.of("LlamaForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson config) {
        LlamaParts parts = LlamaParts.of(config);
        LlamaParts.Biases biases = LlamaParts.Biases.of(config);
        return parts.decoder(i -> new PreNormLayer(
                parts.norm(i, "input_layernorm"),
                parts.attention(i, biases),
                parts.norm(i, "post_attention_layernorm"),
                parts.mlp(i)));
    }
}
