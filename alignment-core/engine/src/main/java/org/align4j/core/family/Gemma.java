package org.align4j.core.family;

import java.util.Map;
import java.util.function.IntFunction;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.model.Decoder.Embedding;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.Reach;
import org.align4j.core.model.Rope;
import org.align4j.core.model.SelfAttention;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.JoinedLayer.SandwichLayer;
import org.align4j.core.model.layer.RmsNorm;

/** What Gemma 2 and 3 have in common: norms on both sides, multiplied by one plus the weight, and embeddings scaled by √H. */
record Gemma(LlamaParts parts) {
    private static final String GELU_TANH = "gelu_pytorch_tanh";

    /** The parts of a config whose absent fields are filled, under the names that start so. */
    static Gemma of(ConfigJson config, String body) {
        config.requireOff("use_bidirectional_attention", "mlp_bias");
        ConfigJson filled = config.withDefaults(Map.of("hidden_activation", GELU_TANH));
        return new Gemma(LlamaParts.of(filled).under(body).with(RmsNorm.Gain.ONE_PLUS_WEIGHT));
    }

    ConfigJson config() {
        return parts.config();
    }

    /** Scores scaled by {@code query_pre_attn_scalar} instead of the head's width, and capped if so given. */
    GroupedAttention attention(int layer, boolean windowed, Rope rope) {
        double scaling = Math.pow(config().requiredNumber("query_pre_attn_scalar"), -0.5);
        Reach reach = windowed ? Windows.everywhere(config()) : Reach.ALL;
        return parts.attention(layer, LlamaParts.Biases.of(config()), rope)
                .with(parts.core(layer)
                        .within(reach)
                        .scaledBy(scaling)
                        .cappedAt(config().number("attn_logit_softcapping", 0)));
    }

    DecoderLayer layer(int layer, SelfAttention attention) {
        return new SandwichLayer(
                parts.norm(layer, "input_layernorm"),
                attention,
                parts.norm(layer, "post_attention_layernorm"),
                parts.norm(layer, "pre_feedforward_layernorm"),
                parts.mlp(layer),
                parts.norm(layer, "post_feedforward_layernorm"));
    }

    Decoder decoder(CheckpointNames names, IntFunction<DecoderLayer> layer) {
        Embedding input = Embedding.scaled(parts.embedding(), Math.sqrt(parts.hidden()), Embedding.Rounding.AS_VECTORS);
        return parts.decoder(input, names, layer).cappedAt(config().number("final_logit_softcapping", 0));
    }
}
