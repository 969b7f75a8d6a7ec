package org.align4j.core.family;

import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.model.Decoder.Embedding;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;
import org.align4j.core.model.layer.JoinedLayer.ShareLayer;

/**
 * Granite 3 (Granite Team, IBM 2024): Llama with four numbers that multiply the embeddings, the scores of attention, what a layer adds,
 * and, as a divisor, the logits.
 */
final class Granite implements Family {

    @Override
    public Set<String> architectures() {
        return Set.of("GraniteForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson config) {
        LlamaParts parts = LlamaParts.of(config);
        Embedding input =
                Embedding.scaled(parts.embedding(), config.number("embedding_multiplier", 1), Embedding.Rounding.NONE);
        return parts.decoder(input, CheckpointNames.PLAIN, i -> layer(parts, i))
                .scaledBy(1 / config.number("logits_scaling", 1));
    }

    private static DecoderLayer layer(LlamaParts parts, int layer) {
        ConfigJson config = parts.config();
        double share = config.number("residual_multiplier", 1);
        GroupedAttention attention = parts.attention(layer, LlamaParts.Biases.of(config))
                .with(parts.core(layer).scaledBy(config.number("attention_multiplier", 1)));
        PreNormLayer whole = new PreNormLayer(
                parts.norm(layer, "input_layernorm"),
                attention,
                parts.norm(layer, "post_attention_layernorm"),
                parts.mlp(layer));
        return share == 1
                ? whole
                : new ShareLayer(whole.attentionNorm(), attention, whole.mlpNorm(), whole.mlp(), share);
    }
}
