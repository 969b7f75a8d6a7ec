package org.align4j.core.family;

import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.RmsNorm;

/** OLMo 2 (OLMo et al. 2025): norms after attention and MLP instead of before, and over all queries and all keys. */
final class Olmo2 implements Family {
    static final Map<String, Object> DEFAULTS = Map.of("rms_norm_eps", 1e-5);

    @Override
    public Set<String> architectures() {
        return Set.of("Olmo2ForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("mlp_bias");
        LlamaParts parts = LlamaParts.of(given.withDefaults(DEFAULTS)).with(RmsNorm.Gain.WEIGHT);
        return parts.decoderOfPostNorms(i -> attention(parts, i));
    }

    private static GroupedAttention attention(LlamaParts parts, int layer) {
        return parts.attention(layer, LlamaParts.Biases.of(parts.config())).with(parts.wholeNorms(layer));
    }
}
