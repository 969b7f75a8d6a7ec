package org.align4j.core.family;

import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.layer.GroupedAttention.Placing;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;

/** ERNIE 4.5's dense models (Baidu 2025): Llama with neighbouring dimensions rotated, biases everywhere or nowhere. */
final class Ernie45 implements Family {
    private static final Map<String, Object> DEFAULTS = Map.of(
            "num_key_value_heads", 2,
            "head_dim", 128,
            "rms_norm_eps", 1e-5,
            "rope_theta", 500_000,
            "max_position_embeddings", 131_072,
            "tie_word_embeddings", true);

    @Override
    public Set<String> architectures() {
        return Set.of("Ernie4_5ForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("attention_bias", "mlp_bias");
        ConfigJson config = given.withDefaults(DEFAULTS);
        boolean biased = config.flag("use_bias", false);
        LlamaParts parts = LlamaParts.of(config);
        return parts.decoder(i -> new PreNormLayer(
                parts.norm(i, "input_layernorm"),
                parts.attention(i, LlamaParts.Biases.of(biased, biased)).with(Placing.NEIGHBOURS),
                parts.norm(i, "post_attention_layernorm"),
                parts.mlp(i, biased)));
    }
}
