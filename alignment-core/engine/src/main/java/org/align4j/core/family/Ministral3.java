package org.align4j.core.family;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.model.Positions.PositionTemperature;
import org.align4j.core.model.Rope;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.GroupedAttention.Placing;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;

/**
 * Ministral 3 (Mistral AI 2025): Mistral with queries that grow beyond the length that it was first trained on, and yarn; of the models that
 * also see, and of Mistral Small 3.1 and 3.2, which do so too, the text part.
 */
final class Ministral3 implements Family {
    private static final String WHOLE = "Mistral3ForConditionalGeneration";
    private static final String BODY = "model.language_model";

    private static final CheckpointNames VISION_NAMES = new CheckpointNames(
            List.of(
                    new CheckpointNames.Prefix(BODY + ".", "language_model.model."),
                    new CheckpointNames.Prefix("lm_head.", "language_model.lm_head.")),
            Pattern.compile("(model\\.)?(vision_tower|multi_modal_projector)\\..*"));

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
        return Set.of("Ministral3ForCausalLM", WHOLE);
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        if (!given.architecture().equals(WHOLE)) {
            return decoder(given, "model", CheckpointNames.PLAIN);
        }
        ConfigJson part = given.child("text_config")
                .orElseThrow(() -> given.error("\"text_config\" is missing; it describes the language model."));
        String tie = "tie_word_embeddings";
        ConfigJson text = given.has(tie) ? part.with(tie, given.flag(tie, true)) : part;
        return switch (text.modelType()) {
            case "ministral3" -> decoder(text, BODY, VISION_NAMES);
            case "mistral" -> Mistral.decoder(text, BODY, VISION_NAMES);
            default ->
                throw text.error("model_type is \"" + text.modelType() + "\", but " + WHOLE
                        + " is supported with ministral3 and mistral only.");
        };
    }

    private static Decoder decoder(ConfigJson given, String body, CheckpointNames names) {
        given.requireOff("attention_bias", "mlp_bias");
        ConfigJson config = given.withDefaults(DEFAULTS);
        boolean placed = config.has("rope_parameters") || config.has("rope_scaling");
        LlamaParts parts = LlamaParts.of(placed ? config : config.with("rope_parameters", ROPE))
                .under(body);
        return parts.decoder(
                names,
                i -> new PreNormLayer(
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
