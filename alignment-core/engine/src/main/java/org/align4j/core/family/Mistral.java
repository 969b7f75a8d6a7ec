package org.align4j.core.family;

import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;

/** Mistral 7B and its successors (Jiang et al. 2023): Llama with a sliding window on every layer, 4096 unless null. */
final class Mistral implements Family {
    static final Map<String, Object> DEFAULTS =
            Map.of("num_key_value_heads", 8, "max_position_embeddings", 131_072, "sliding_window", 4096);

    @Override
    public Set<String> architectures() {
        return Set.of("MistralForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        return decoder(given, "model", CheckpointNames.PLAIN);
    }

    /** Makes the decoder whose weights are named under a body. */
    static Decoder decoder(ConfigJson given, String body, CheckpointNames names) {
        given.requireOff("attention_bias", "mlp_bias");
        LlamaParts parts = LlamaParts.of(given.withDefaults(DEFAULTS)).under(body);
        return parts.decoder(
                names,
                i -> new PreNormLayer(
                        parts.norm(i, "input_layernorm"),
                        attention(parts, i),
                        parts.norm(i, "post_attention_layernorm"),
                        parts.mlp(i)));
    }

    private static GroupedAttention attention(LlamaParts parts, int layer) {
        return parts.attention(layer, LlamaParts.Biases.NOWHERE)
                .with(parts.core(layer).within(Windows.everywhere(parts.config())));
    }
}
