package org.align4j.core.family;

import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.GroupedAttention.Placing;
import org.align4j.core.model.layer.JoinedLayer.OneNormLayer;
import org.align4j.core.model.layer.RmsNorm.LayerNorm;

/**
 * Command R7B and Command A (Cohere 2025): attention and MLP side by side after one layer norm without a bias, three layers with a window
 * and rotated neighbours for one that sees everything and knows no positions, logits multiplied by a number.
 */
final class Cohere2 implements Family {
    private static final Map<String, Object> DEFAULTS = Map.of(
            "max_position_embeddings", 8192,
            "sliding_window", 4096,
            "sliding_window_pattern", 4,
            "tie_word_embeddings", true);

    @Override
    public Set<String> architectures() {
        return Set.of("Cohere2ForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("mlp_bias", "use_qk_norm", "use_parallel_embedding");
        given.requireOnly("use_parallel_block", true);
        given.requireOnly("use_gated_activation", true);
        given.requireOnly("position_embedding_type", "rope_gptj");
        given.requireOnly("order_of_interleaved_layers", "local_attn_first");
        given.requireOnly("rotary_pct", 1);
        ConfigJson config = given.withDefaults(DEFAULTS);
        LlamaParts parts = LlamaParts.of(config);
        return parts.decoder(i -> new OneNormLayer(
                        norm(parts, parts.name(i, "input_layernorm")), attention(parts, i), parts.mlp(i, false)))
                .with(norm(parts, "model.norm"))
                .scaledBy(config.number("logit_scale", 0.0625));
    }

    private static LayerNorm norm(LlamaParts parts, String module) {
        return LayerNorm.unbiased(module, parts.hidden(), parts.config().number("layer_norm_eps", 1e-5));
    }

    private static GroupedAttention attention(LlamaParts parts, int layer) {
        ConfigJson config = parts.config();
        GroupedAttention attention =
                parts.attention(layer, LlamaParts.Biases.of(config)).with(Placing.NEIGHBOURS);
        return Windows.inPattern(config, layer)
                ? attention.with(parts.core(layer).within(Windows.required(config)))
                : attention.withoutPositions();
    }
}
