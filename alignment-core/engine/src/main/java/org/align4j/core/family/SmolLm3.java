package org.align4j.core.family;

import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Reach;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;

/** SmolLM3 (Bakouch et al. 2025): Llama without positions on every fourth layer (Yang et al. 2025, "NoPE"). */
final class SmolLm3 implements Family {
    private static final Map<String, Object> DEFAULTS =
            Map.of("num_key_value_heads", 4, "max_position_embeddings", 32_768, "tie_word_embeddings", true);

    @Override
    public Set<String> architectures() {
        return Set.of("SmolLM3ForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        LlamaParts parts = LlamaParts.of(given.withDefaults(DEFAULTS));
        return parts.decoder(i -> new PreNormLayer(
                parts.norm(i, "input_layernorm"),
                attention(parts, i),
                parts.norm(i, "post_attention_layernorm"),
                parts.mlp(i)));
    }

    private static GroupedAttention attention(LlamaParts parts, int layer) {
        ConfigJson config = parts.config();
        boolean placed = hasPositions(config, layer);
        Reach reach = Windows.ifUsed(config, Windows.reach(config, layer, i -> !placed));
        GroupedAttention attention = parts.attention(layer, LlamaParts.Biases.of(config))
                .with(parts.core(layer).within(reach));
        return placed ? attention : attention.withoutPositions();
    }

    /** {@code no_rope_layers} has 1 for a layer with positions, 0 for one without. */
    private static boolean hasPositions(ConfigJson config, int layer) {
        if (!config.has("no_rope_layers")) {
            return (layer + 1) % config.count("no_rope_layer_interval", 4) != 0;
        }
        double[] flags = config.numbers("no_rope_layers");
        int layers = config.count("num_hidden_layers");
        if (flags.length != layers) {
            throw config.error(
                    "no_rope_layers has " + flags.length + " entries but num_hidden_layers is " + layers + ".");
        }
        return flags[layer] != 0;
    }
}
