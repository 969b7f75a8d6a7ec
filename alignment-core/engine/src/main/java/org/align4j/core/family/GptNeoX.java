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
import org.align4j.core.model.layer.JoinedLayer.ParallelLayer;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;
import org.align4j.core.model.layer.Mlp;
import org.align4j.core.model.layer.RmsNorm.LayerNorm;

/**
 * GPT-NeoX and Pythia (Black et al. 2022, Biderman et al. 2023): attention and MLP side by side or one after the other, a
 * share of each head rotated, query, key and value head by head from one layer, biases everywhere.
 */
final class GptNeoX implements Family {
    private static final CheckpointNames NAMES = new CheckpointNames(
                    List.of(), Pattern.compile(".*\\.attention\\.((masked_)?bias|rotary_emb\\.inv_freq)"))
            .withHead("embed_out.weight");

    @Override
    public Set<String> architectures() {
        return Set.of("GPTNeoXForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson config) {
        int hidden = config.count("hidden_size");
        Parameter tokens =
                new Parameter("gpt_neox.embed_in.weight", Parameter.Role.EMBEDDING, config.count("vocab_size"), hidden);
        Parameter head = config.flag("tie_word_embeddings", false)
                ? tokens
                : new Parameter(NAMES.head(), Parameter.Role.HEAD, tokens.shape());
        List<DecoderLayer> layers = IntStream.range(0, config.count("num_hidden_layers"))
                .mapToObj(i -> layer(config, i, hidden))
                .toList();
        return new Decoder(
                new Embedding(tokens),
                layers,
                LayerNorm.of("gpt_neox.final_layer_norm", hidden, epsilon(config)),
                head,
                config.count("max_position_embeddings", 2048),
                NAMES);
    }

    private static double epsilon(ConfigJson config) {
        return config.number("layer_norm_eps", 1e-5);
    }

    private static DecoderLayer layer(ConfigJson config, int index, int hidden) {
        String name = "gpt_neox.layers." + index;
        int inner = config.count("intermediate_size");
        LayerNorm first = LayerNorm.of(name + ".input_layernorm", hidden, epsilon(config));
        LayerNorm second = LayerNorm.of(name + ".post_attention_layernorm", hidden, epsilon(config));
        FusedAttention attention = attention(config, name + ".attention", index, hidden);
        Mlp mlp = new Mlp(
                Linear.of(name + ".mlp.dense_h_to_4h", hidden, inner, true),
                config.activation("hidden_act", Activation.GELU),
                Linear.of(name + ".mlp.dense_4h_to_h", inner, hidden, true));
        return config.flag("use_parallel_residual", true)
                ? new ParallelLayer(first, attention, second, mlp)
                : new PreNormLayer(first, attention, second, mlp);
    }

    private static FusedAttention attention(ConfigJson config, String name, int index, int hidden) {
        int heads = config.count("num_attention_heads");
        if (hidden % heads != 0) {
            throw config.error(
                    "hidden_size (" + hidden + ") must be a multiple of num_attention_heads (" + heads + ").");
        }
        int width = hidden / heads;
        boolean biased = config.flag("attention_bias", true);
        return new FusedAttention(
                AttentionCore.of(index, heads, width),
                heads,
                Linear.of(name + ".query_key_value", hidden, 3 * hidden, biased),
                FusedAttention.Order.BY_HEAD,
                Linear.of(name + ".dense", hidden, hidden, biased),
                RopeConfig.ofShare(config, width, config.number("rotary_pct", 0.25)));
    }
}
