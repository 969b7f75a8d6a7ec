package org.align4j.core.family;

import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.layer.GroupedAttention;

/**
 * EXAONE 4 (LG AI Research 2025): norms after attention and MLP, each head's q and k normed. Models with windows have them on three of four
 * layers, and no positions on the others.
 */
final class Exaone4 implements Family {
    private static final Map<String, Object> DEFAULTS = Map.of(
            "num_key_value_heads", 32, "rms_norm_eps", 1e-5, "sliding_window", 4096, "sliding_window_pattern", 4);

    @Override
    public Set<String> architectures() {
        return Set.of("Exaone4ForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("attention_bias", "mlp_bias");
        LlamaParts parts = LlamaParts.of(given.withDefaults(DEFAULTS));
        return parts.decoderOfPostNorms(i -> attention(parts, i));
    }

    private static GroupedAttention attention(LlamaParts parts, int layer) {
        ConfigJson config = parts.config();
        GroupedAttention attention =
                parts.attention(layer, LlamaParts.Biases.NOWHERE).with(parts.headNorms(layer));
        boolean hybrid = config.has("sliding_window");
        boolean windowed = hybrid ? Windows.inPattern(config, layer) : Windows.has(config, layer, i -> false);
        if (windowed) {
            return attention.with(parts.core(layer).within(Windows.required(config)));
        }
        return hybrid ? attention.withoutPositions() : attention;
    }
}
