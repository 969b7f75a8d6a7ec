package org.align4j.core.family;

import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Rope;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.GroupedAttention.Placing;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;

/** HunYuan's dense models (Tencent 2025): Llama whose queries and keys are normed after they are rotated, by a theta stretched by a number. */
final class HunYuanDense implements Family {
    private static final Map<String, Object> DEFAULTS = Map.of("rms_norm_eps", 1e-5);

    private static final Placing ROTATION_FIRST = new Placing(Rope.Pairing.HALVES, Placing.Order.ROTATION_FIRST, null);

    @Override
    public Set<String> architectures() {
        return Set.of("HunYuanDenseV1ForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("mlp_bias", "use_cla", "position_embedding_xdrope", "add_classification_head");
        given.requireOnly("use_qk_norm", true);
        LlamaParts parts = LlamaParts.of(given.withDefaults(DEFAULTS));
        return parts.decoder(i -> new PreNormLayer(
                parts.norm(i, "input_layernorm"),
                attention(parts, i),
                parts.norm(i, "post_attention_layernorm"),
                parts.mlp(i)));
    }

    private static GroupedAttention attention(LlamaParts parts, int layer) {
        ConfigJson config = parts.config();
        Rope rope = RopeConfig.stretched(config, parts.headWidth())
                .orElseGet(() -> RopeConfig.of(config, parts.headWidth()));
        return parts.attention(layer, LlamaParts.Biases.of(config), rope)
                .with(parts.headNorms(layer, "query_layernorm", "key_layernorm"))
                .with(ROTATION_FIRST);
    }
}
