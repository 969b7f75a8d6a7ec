package org.align4j.core.family;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.align4j.core.model.Activation;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.model.Decoder.Embedding;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.layer.FusedAttention;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;
import org.align4j.core.model.layer.Mlp;
import org.align4j.core.model.layer.RmsNorm.LayerNorm;

/**
 * GPT-2 (Radford et al. 2019): learned positions, layer norms with biases, one layer for queries, keys and values, weights
 * that lie as {@code [in, out]}. The files of 2019 have no {@code transformer.} before their names.
 */
final class Gpt2 implements Family {
    private static final CheckpointNames NAMES = new CheckpointNames(
            List.of(new CheckpointNames.Prefix("transformer.", "")),
            Pattern.compile("transformer\\.h\\.\\d+\\.attn\\.(masked_)?bias|transformer\\.lm_head\\.weight"));

    @Override
    public Set<String> architectures() {
        return Set.of("GPT2LMHeadModel");
    }

    @Override
    public Decoder decoder(ConfigJson config) {
        if (config.flag("add_cross_attention", false)) {
            throw config.error("add_cross_attention is true, but only decoders without an encoder are supported.");
        }
        int hidden = config.count("n_embd");
        int positions = config.count("n_positions", 1024);
        Parameter tokens =
                new Parameter("transformer.wte.weight", Parameter.Role.EMBEDDING, config.count("vocab_size"), hidden);
        Parameter places = new Parameter("transformer.wpe.weight", Parameter.Role.EMBEDDING, positions, hidden);
        Parameter head = config.flag("tie_word_embeddings", true)
                ? tokens
                : new Parameter("lm_head.weight", Parameter.Role.HEAD, tokens.shape());
        List<DecoderLayer> layers = IntStream.range(0, config.count("n_layer"))
                .mapToObj(i -> layer(config, i, hidden))
                .toList();
        return new Decoder(
                new Embedding(tokens, places),
                layers,
                LayerNorm.of("transformer.ln_f", hidden, epsilon(config)),
                head,
                positions,
                NAMES);
    }

    private static double epsilon(ConfigJson config) {
        return config.number("layer_norm_epsilon", 1e-5);
    }

    private static DecoderLayer layer(ConfigJson config, int index, int hidden) {
        String name = "transformer.h." + index;
        int inner = config.count("n_inner", 4 * hidden);
        return new PreNormLayer(
                LayerNorm.of(name + ".ln_1", hidden, epsilon(config)),
                attention(config, name + ".attn", index, hidden),
                LayerNorm.of(name + ".ln_2", hidden, epsilon(config)),
                new Mlp(
                        Linear.transposed(name + ".mlp.c_fc", hidden, inner),
                        config.activation("activation_function", Activation.GELU_TANH),
                        Linear.transposed(name + ".mlp.c_proj", inner, hidden)));
    }

    private static FusedAttention attention(ConfigJson config, String name, int index, int hidden) {
        int heads = config.count("n_head");
        if (hidden % heads != 0) {
            throw config.error("n_embd (" + hidden + ") must be a multiple of n_head (" + heads + ").");
        }
        AttentionCore core = AttentionCore.of(index, heads, hidden / heads);
        double scaling = config.flag("scale_attn_weights", true) ? core.scaling() : 1;
        double depth = config.flag("scale_attn_by_inverse_layer_idx", false) ? index + 1 : 1;
        return new FusedAttention(
                core.scaledBy(scaling / depth),
                heads,
                Linear.transposed(name + ".c_attn", hidden, 3 * hidden),
                FusedAttention.Order.BY_PART,
                Linear.transposed(name + ".c_proj", hidden, hidden),
                null);
    }
}
