package org.align4j.core.family;

import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Positions.PositionTemperature;
import org.align4j.core.model.Rope;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.GroupedAttention.Placing;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;

/** Ministral 3 (Mistral AI 2025): Mistral with queries that grow beyond the length that it was first trained on, and yarn. */
final class Ministral3 implements Family {
    private static final Map<String, Object> DEFAULTS =
            Map.of("num_key_value_heads", 8, "head_dim", 128, "rms_norm_eps", 1e-5, "max_position_embeddings", 262_144);

    /** The positions of a file that has none. */
    private static final Map<String, Object> ROPE = Map.of(
            "rope_type", "yarn",
            "rope_theta", 1e6,
            "factor", 16,
            "original_max_position_embeddings", 16_384,
            "mscale", 1,
            "mscale_all_dim", 1,
            "llama_4_scaling_beta", 0.1);

    @Override
    public Set<String> architectures() {
        return Set.of("Ministral3ForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("attention_bias", "mlp_bias");
        ConfigJson config = given.withDefaults(DEFAULTS);
        boolean placed = config.has("rope_parameters") || config.has("rope_scaling");
        LlamaParts parts = LlamaParts.of(placed ? config : config.with("rope_parameters", ROPE));
        return parts.decoder(i -> new PreNormLayer(
                parts.norm(i, "input_layernorm"),
                attention(parts, i),
                parts.norm(i, "post_attention_layernorm"),
                parts.mlp(i)));
    }

    private static GroupedAttention attention(LlamaParts parts, int layer) {
        ConfigJson config = parts.config();
        ConfigJson rope = RopeConfig.parameters(config);
        PositionTemperature temperature = new PositionTemperature(
                rope.requiredNumber("llama_4_scaling_beta"),
                rope.requiredNumber("original_max_position_embeddings"),
                0);
        return parts.attention(layer, LlamaParts.Biases.NOWHERE)
                .with(new Placing(Rope.Pairing.HALVES, Placing.Order.NORMS_FIRST, temperature))
                .with(parts.core(layer).within(Windows.everywhere(config)));
    }
}
