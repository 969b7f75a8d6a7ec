package org.align4j.core.family;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.align4j.core.model.Activation;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.model.Decoder.Embedding;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.FeedForward;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Rope;
import org.align4j.core.model.StackedNames;
import org.align4j.core.model.experts.Experts.SeparateExperts;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.GroupedAttention.QueryKeyNorms;
import org.align4j.core.model.layer.JoinedLayer.PostNormLayer;
import org.align4j.core.model.layer.Mlp.GatedMlp;
import org.align4j.core.model.layer.RmsNorm;

/**
 * The parts of a decoder whose checkpoint is laid out as Llama's ({@code model.layers.0.self_attn.q_proj} and so on), sized
 * by its config; many families differ from Llama in a part or two.
 *
 * @param body what the names of everything but the head start with
 * @param gain of every norm
 */
record LlamaParts(ConfigJson config, String body, RmsNorm.Gain gain) {
    /** How {@link #experts} named {@code mlp.experts} may lie in stacks. */
    static final StackedNames STACKS = new StackedNames("mlp", "mlp", "gate_proj", "up_proj", "down_proj");

    /** Where the attention's linear layers have biases. */
    enum Biases {
        NOWHERE,
        /** The queries', keys' and values' layers have biases, the output's has none. */
        INPUTS,
        /** The output's layer has biases, the others have none. */
        OUTPUT,
        EVERYWHERE;

        /** Biases of the inputs' layers and of the output's, each where asked for. */
        static Biases of(boolean inputs, boolean output) {
            return inputs ? output ? EVERYWHERE : INPUTS : output ? OUTPUT : NOWHERE;
        }

        /** Reads {@code attention_bias}: biases everywhere or nowhere. */
        static Biases of(ConfigJson config) {
            return config.flag("attention_bias", false) ? EVERYWHERE : NOWHERE;
        }
    }

    /** Makes the parts of a config with Llama's own names and norms. */
    static LlamaParts of(ConfigJson config) {
        return new LlamaParts(config, "model", RmsNorm.Gain.WEIGHT_AFTER_ROUNDING);
    }

    /** Returns these parts with weights named under another body than {@code model}. */
    LlamaParts under(String other) {
        return new LlamaParts(config, other, gain);
    }

    /** Returns these parts with norms of another gain. */
    LlamaParts with(RmsNorm.Gain other) {
        return new LlamaParts(config, body, other);
    }

    int layers() {
        return config.count("num_hidden_layers");
    }

    int hidden() {
        return config.count("hidden_size");
    }

    int heads() {
        return config.count("num_attention_heads");
    }

    int keyValueHeads() {
        int heads = heads();
        int keyValueHeads = config.count("num_key_value_heads", heads);
        if (heads % keyValueHeads != 0) {
            throw config.error("num_attention_heads (" + heads + ") must be a multiple of num_key_value_heads ("
                    + keyValueHeads + ").");
        }
        return keyValueHeads;
    }

    int headWidth() {
        if (!config.has("head_dim") && hidden() % heads() != 0) {
            throw config.error("hidden_size (" + hidden() + ") must be a multiple of num_attention_heads (" + heads()
                    + ") where there is no head_dim.");
        }
        return config.count("head_dim", hidden() / heads());
    }

    /** The name of a layer's module. */
    String name(int layer, String module) {
        return body + ".layers." + layer + "." + module;
    }

    /** A layer's norm over the hidden state. */
    RmsNorm norm(int layer, String module) {
        return norm(name(layer, module), hidden());
    }

    private RmsNorm norm(String module, int width) {
        return RmsNorm.of(module, width, config.number("rms_norm_eps", 1e-6), gain);
    }

    /** Norms of each head's queries and keys. */
    QueryKeyNorms headNorms(int layer) {
        return headNorms(layer, "q_norm", "k_norm");
    }

    /** Norms of each head's queries and keys, under the names that they have in the attention's module. */
    QueryKeyNorms headNorms(int layer, String query, String key) {
        return new QueryKeyNorms(
                norm(name(layer, "self_attn." + query), headWidth()),
                norm(name(layer, "self_attn." + key), headWidth()),
                QueryKeyNorms.Over.EACH_HEAD);
    }

    /** Norms of all heads' queries and keys together. */
    QueryKeyNorms wholeNorms(int layer) {
        return new QueryKeyNorms(
                norm(name(layer, "self_attn.q_norm"), heads() * headWidth()),
                norm(name(layer, "self_attn.k_norm"), keyValueHeads() * headWidth()),
                QueryKeyNorms.Over.ALL_HEADS);
    }

    /** Scores scaled by the head's width, everything before a token seen. */
    AttentionCore core(int layer) {
        return AttentionCore.of(layer, keyValueHeads(), headWidth());
    }

    /** Makes the grouped attention of a Llama layer. */
    GroupedAttention attention(int layer, Biases biases) {
        return attention(layer, biases, RopeConfig.of(config, headWidth()));
    }

    /** Makes Llama's attention with given rotary positions. */
    GroupedAttention attention(int layer, Biases biases, Rope rope) {
        boolean inputs = biases == Biases.INPUTS || biases == Biases.EVERYWHERE;
        boolean outputs = biases == Biases.OUTPUT || biases == Biases.EVERYWHERE;
        int queries = heads() * headWidth();
        int keys = keyValueHeads() * headWidth();
        return new GroupedAttention(
                core(layer),
                Linear.of(name(layer, "self_attn.q_proj"), hidden(), queries, inputs),
                Linear.of(name(layer, "self_attn.k_proj"), hidden(), keys, inputs),
                Linear.of(name(layer, "self_attn.v_proj"), hidden(), keys, inputs),
                Linear.of(name(layer, "self_attn.o_proj"), queries, hidden(), outputs),
                null,
                rope,
                GroupedAttention.Placing.USUAL);
    }

    /** Llama's MLP, with biases where {@code mlp_bias} says so. */
    GatedMlp mlp(int layer) {
        return mlp(layer, config.flag("mlp_bias", false));
    }

    /** Llama's MLP, with biases or without. */
    GatedMlp mlp(int layer, boolean biased) {
        int inner = config.count("intermediate_size");
        return new GatedMlp(
                Linear.of(name(layer, "mlp.gate_proj"), hidden(), inner, biased),
                activation(),
                Linear.of(name(layer, "mlp.up_proj"), hidden(), inner, biased),
                Linear.of(name(layer, "mlp.down_proj"), inner, hidden(), biased));
    }

    /** An MLP without biases under any name: one that several experts share, or one of them. */
    GatedMlp mlp(String module, int inner) {
        return new GatedMlp(
                Linear.of(module + ".gate_proj", hidden(), inner, false),
                activation(),
                Linear.of(module + ".up_proj", hidden(), inner, false),
                Linear.of(module + ".down_proj", inner, hidden(), false));
    }

    /** Experts with an MLP each, named by their number. */
    SeparateExperts experts(String module, int count, int inner) {
        return new SeparateExperts(IntStream.range(0, count)
                .<FeedForward>mapToObj(e -> mlp(module + "." + e, inner))
                .toList());
    }

    /** {@code hidden_act}; Gemma's {@code hidden_activation} counts where there are both. */
    Activation activation() {
        return config.activation("hidden_activation", config.activation("hidden_act", Activation.SILU));
    }

    Parameter embedding() {
        return new Parameter(
                body + ".embed_tokens.weight", Parameter.Role.EMBEDDING, config.count("vocab_size"), hidden());
    }

    /** What the names of the body and the head have in common. */
    private String outer() {
        return body.endsWith(".model") ? body.substring(0, body.length() - "model".length()) : "";
    }

    /** Makes the decoder of these layers, its head tied where {@code tie_word_embeddings} says so. */
    Decoder decoder(IntFunction<DecoderLayer> layer) {
        return decoder(CheckpointNames.PLAIN, layer);
    }

    /** Makes the decoder of OLMo 2's kind, whose norms come after attention and MLP. */
    Decoder decoderOfPostNorms(IntFunction<GroupedAttention> attention) {
        return decoder(i -> new PostNormLayer(
                attention.apply(i),
                norm(i, "post_attention_layernorm"),
                mlp(i),
                norm(i, "post_feedforward_layernorm")));
    }

    /** Makes the decoder whose checkpoints may spell names otherwise. */
    Decoder decoder(CheckpointNames names, IntFunction<DecoderLayer> layer) {
        return decoder(new Embedding(embedding()), names, layer);
    }

    /** Makes the decoder with an input embedding of its own, whose checkpoints may spell names otherwise. */
    Decoder decoder(Embedding input, CheckpointNames names, IntFunction<DecoderLayer> layer) {
        Parameter embedding = input.tokens();
        CheckpointNames named = names.withHead(outer() + CheckpointNames.HEAD);
        Parameter head = config.flag("tie_word_embeddings", false)
                ? embedding
                : new Parameter(named.head(), Parameter.Role.HEAD, embedding.shape());
        List<DecoderLayer> layers = IntStream.range(0, layers()).mapToObj(layer).toList();
        return new Decoder(
                input,
                layers,
                norm(body + ".norm", hidden()),
                head,
                config.count("max_position_embeddings", 2048),
                named);
    }
}
