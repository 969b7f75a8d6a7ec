package org.align4j.core.family;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.model.Rope;

/**
 * Gemma 3 (Gemma Team 2025), of the models that also see the text part: Gemma 2 with normed queries and keys instead of soft
 * caps, five layers with a window and positions of their own for one that sees everything.
 */
final class Gemma3 implements Family {
    private static final CheckpointNames VISION_NAMES = new CheckpointNames(
            List.of(new CheckpointNames.Prefix("model.language_model.", "language_model.model.")),
            Pattern.compile("(model\\.)?(vision_tower|multi_modal_projector)\\..*"));
    static final Map<String, Object> DEFAULTS = Map.ofEntries(
            Map.entry("vocab_size", 262_208),
            Map.entry("hidden_size", 2304),
            Map.entry("intermediate_size", 9216),
            Map.entry("num_hidden_layers", 26),
            Map.entry("num_attention_heads", 8),
            Map.entry("num_key_value_heads", 4),
            Map.entry("head_dim", 256),
            Map.entry("max_position_embeddings", 131_072),
            Map.entry("query_pre_attn_scalar", 256),
            Map.entry("sliding_window", 4096),
            Map.entry("rope_theta", 1_000_000),
            Map.entry("tie_word_embeddings", true));

    @Override
    public Set<String> architectures() {
        return Set.of("Gemma3ForCausalLM", "Gemma3ForConditionalGeneration");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        boolean vision = given.child("text_config").isPresent();
        ConfigJson text = given.child("text_config").orElse(given);
        Gemma gemma = Gemma.of(text.withDefaults(DEFAULTS), vision ? "model.language_model" : "model");
        ConfigJson config = gemma.config();
        int pattern = config.count("sliding_window_pattern", 6);
        LlamaParts parts = gemma.parts();
        return gemma.decoder(vision ? VISION_NAMES : CheckpointNames.PLAIN, i -> {
            boolean windowed = Windows.has(config, i, layer -> (layer + 1) % pattern != 0);
            Rope rope = rope(config, windowed, parts.headWidth());
            return gemma.layer(i, gemma.attention(i, windowed, rope).with(parts.headNorms(i)));
        });
    }

    /** Layers with a window have a theta of their own, and only the others are scaled. */
    private static Rope rope(ConfigJson config, boolean windowed, int width) {
        ConfigJson all = config.child("rope_parameters").orElse(null);
        if (all == null) {
            return windowed
                    ? RopeConfig.plain(config.number("rope_local_base_freq", 10_000), width)
                    : RopeConfig.of(config, width);
        }
        String type = windowed ? "sliding_attention" : "full_attention";
        ConfigJson own = all.child(type)
                .orElseThrow(
                        () -> all.error("\"" + type + "\" is missing; Gemma 3 has positions for each layer type."));
        return RopeConfig.of(own, windowed ? config.empty() : config, width);
    }
}
