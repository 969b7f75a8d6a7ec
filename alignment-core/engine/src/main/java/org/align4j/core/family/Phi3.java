package org.align4j.core.family;

import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Linear;
import org.align4j.core.model.layer.FusedAttention;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;
import org.align4j.core.model.layer.Mlp.FusedGatedMlp;

/**
 * Phi-3, Phi-3.5 and Phi-4 (Abdin et al. 2024): Llama with one layer for queries, keys and values and one for the MLP's gate
 * and up, a share of each head rotated, by other angles in long sequences.
 */
final class Phi3 implements Family {
    static final Map<String, Object> DEFAULTS =
            Map.of("rms_norm_eps", 1e-5, "max_position_embeddings", 4096, "original_max_position_embeddings", 4096);

    @Override
    public Set<String> architectures() {
        return Set.of("Phi3ForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("attention_bias", "mlp_bias");
        LlamaParts parts = LlamaParts.of(given.withDefaults(DEFAULTS));
        return parts.decoder(i -> new PreNormLayer(
                parts.norm(i, "input_layernorm"),
                attention(parts, i),
                parts.norm(i, "post_attention_layernorm"),
                mlp(parts, i)));
    }

    private static FusedAttention attention(LlamaParts parts, int layer) {
        int hidden = parts.hidden();
        int queries = parts.heads() * parts.headWidth();
        int all = queries + 2 * parts.keyValueHeads() * parts.headWidth();
        return new FusedAttention(
                parts.core(layer).within(Windows.everywhere(parts.config())),
                parts.heads(),
                Linear.of(parts.name(layer, "self_attn.qkv_proj"), hidden, all, false),
                FusedAttention.Order.BY_PART,
                Linear.of(parts.name(layer, "self_attn.o_proj"), queries, hidden, false),
                RopeConfig.ofShare(parts.config(), parts.headWidth(), 1));
    }

    /** Makes the MLP whose gate and up are one layer. */
    static FusedGatedMlp mlp(LlamaParts parts, int layer) {
        int inner = parts.config().count("intermediate_size");
        return new FusedGatedMlp(
                Linear.of(parts.name(layer, "mlp.gate_up_proj"), parts.hidden(), 2 * inner, false),
                parts.activation(),
                Linear.of(parts.name(layer, "mlp.down_proj"), inner, parts.hidden(), false));
    }
}
