package org.align4j.core.family;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.model.FeedForward;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Positions.PositionTemperature;
import org.align4j.core.model.Reach;
import org.align4j.core.model.experts.Experts.StackedExperts;
import org.align4j.core.model.experts.MixtureOfExperts;
import org.align4j.core.model.experts.Router.SigmoidRouter;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.InterleavedRopeAttention;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;
import org.align4j.core.model.layer.RmsNorm;

/**
 * The text part of Llama 4 (Meta 2025): layers that see a chunk of rotated positions alternate with layers that see everything
 * and know no positions; in some or all layers one routed expert and a shared one. Images are not read.
 */
final class Llama4 implements Family {
    private static final String WHOLE = "Llama4ForConditionalGeneration";
    private static final String CHUNKED = "chunked_attention";
    private static final String FULL = "full_attention";

    private static final Map<String, Object> DEFAULTS = Map.ofEntries(
            Map.entry("num_key_value_heads", 8),
            Map.entry("head_dim", 128),
            Map.entry("rms_norm_eps", 1e-5),
            Map.entry("rope_theta", 5e5),
            Map.entry("max_position_embeddings", 131_072),
            Map.entry("intermediate_size", 8192),
            Map.entry("intermediate_size_mlp", 16_384),
            Map.entry("attention_chunk_size", 8192),
            Map.entry("floor_scale", 8192),
            Map.entry("attn_scale", 0.1));

    @Override
    public Set<String> architectures() {
        return Set.of("Llama4ForCausalLM", WHOLE);
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        boolean whole =
                given.architecture().equals(WHOLE) || given.child("text_config").isPresent();
        ConfigJson text = !whole
                ? given
                : given.child("text_config")
                        .orElseThrow(() -> given.error("\"text_config\" is missing; it describes the language model."));
        text.requireOnly("hidden_act", "silu");
        text.requireZero("router_jitter_noise");
        ConfigJson config = text.withDefaults(DEFAULTS);
        String body = whole ? "language_model.model" : "model";
        LlamaParts parts = new LlamaParts(config, body, RmsNorm.Gain.WEIGHT_AFTER_ROUNDING);
        return parts.decoder(
                names(whole),
                i -> new PreNormLayer(
                        parts.norm(i, "input_layernorm"),
                        attention(parts, i),
                        parts.norm(i, "post_attention_layernorm"),
                        feedForward(parts, i)));
    }

    private static CheckpointNames names(boolean whole) {
        String plain = CheckpointNames.PLAIN.ignored().pattern();
        Pattern ignored = Pattern.compile(plain + "|(vision_model|multi_modal_projector)\\..*");
        return new CheckpointNames(
                whole ? List.of() : List.of(new CheckpointNames.Prefix("", "language_model.")), ignored);
    }

    private static boolean rotates(ConfigJson config, int layer) {
        List<Integer> given = config.wholes("no_rope_layers");
        return given.isEmpty()
                ? (layer + 1) % config.count("no_rope_layer_interval", 4) != 0
                : given.get(requireLayer(config, "no_rope_layers", given.size(), layer)) != 0;
    }

    private static Reach reach(ConfigJson config, int layer) {
        List<String> types = config.texts("layer_types");
        boolean chunked = types.isEmpty()
                ? rotates(config, layer) && config.has("attention_chunk_size")
                : types.get(requireLayer(config, "layer_types", types.size(), layer))
                        .equals(CHUNKED);
        if (!types.isEmpty() && !chunked && !types.get(layer).equals(FULL)) {
            throw config.error("layer_types has \"" + types.get(layer) + "\" but Llama 4 knows " + CHUNKED + " and "
                    + FULL + "; the results would be wrong.");
        }
        return chunked ? Reach.chunk(config.count("attention_chunk_size")) : Reach.ALL;
    }

    private static int requireLayer(ConfigJson config, String name, int entries, int layer) {
        if (layer >= entries) {
            throw config.error(name + " has " + entries + " entries but num_hidden_layers is "
                    + config.count("num_hidden_layers") + ".");
        }
        return layer;
    }

    private static InterleavedRopeAttention attention(LlamaParts parts, int layer) {
        ConfigJson config = parts.config();
        GroupedAttention plain = parts.attention(layer, LlamaParts.Biases.of(config));
        boolean rotates = rotates(config, layer);
        boolean tempered = !rotates && config.flagOrNumber("attn_temperature_tuning", true);
        return new InterleavedRopeAttention(
                plain.core().within(reach(config, layer)),
                plain.query(),
                plain.key(),
                plain.value(),
                plain.output(),
                rotates ? RopeConfig.of(config, parts.headWidth()) : null,
                rotates && config.flag("use_qk_norm", true) ? config.requiredNumber("rms_norm_eps") : 0,
                tempered
                        ? new PositionTemperature(
                                config.requiredNumber("attn_scale"), config.requiredNumber("floor_scale"), 1)
                        : null);
    }

    private static FeedForward feedForward(LlamaParts parts, int layer) {
        ConfigJson config = parts.config();
        String name = parts.name(layer, "feed_forward");
        int step = config.count("interleave_moe_layer_step", 1);
        boolean mixed =
                config.has("moe_layers") ? config.wholes("moe_layers").contains(layer) : (layer + 1) % step == 0;
        if (!mixed) {
            return parts.mlp(name, config.count("intermediate_size_mlp"));
        }
        int count = config.experts(16, "num_local_experts", "num_experts");
        int inner = config.count("intermediate_size");
        return new MixtureOfExperts(
                new SigmoidRouter(
                        Linear.router(name + ".router", parts.hidden(), count), ExpertCounts.chosen(parts, 1, count)),
                StackedExperts.of(name + ".experts", count, parts.hidden(), inner),
                MixtureOfExperts.Weighed.INPUT,
                parts.mlp(name + ".shared_expert", inner));
    }
}
