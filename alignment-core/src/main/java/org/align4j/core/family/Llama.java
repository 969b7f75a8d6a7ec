package org.align4j.core.family;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.CheckpointNames;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.Embedding;
import org.align4j.core.model.GatedMlp;
import org.align4j.core.model.GroupedAttention;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PreNormLayer;
import org.align4j.core.model.RmsNorm;
import org.align4j.core.model.SelfAttention;

/**
 * Llama 2 and 3, and what shares their architecture (SmolLM2, TinyStories): pre-norm blocks, grouped-query attention, rotary
 * positions, SwiGLU (Touvron et al. 2023; Grattafiori et al. 2024).
 */
final class Llama implements Family {

    @Override
    public Set<String> architectures() {
        return Set.of("LlamaForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson config) {
        String activation = config.text("hidden_act", "silu");
        if (!activation.equals("silu")) {
            throw config.error("hidden_act is \"" + activation + "\" but Llama has \"silu\".");
        }
        int hidden = config.count("hidden_size");
        int vocabulary = config.count("vocab_size");
        double epsilon = config.number("rms_norm_eps", 1e-6);
        Parameter embedding = new Parameter("model.embed_tokens.weight", Parameter.Kind.EMBEDDING, vocabulary, hidden);
        Parameter head = config.flag("tie_word_embeddings", false)
                ? embedding
                : new Parameter("lm_head.weight", Parameter.Kind.HEAD, vocabulary, hidden);
        List<DecoderLayer> layers = IntStream.range(0, config.count("num_hidden_layers"))
                .mapToObj(i -> layer(config, i, hidden, epsilon))
                .toList();
        return new Decoder(
                new Embedding(embedding),
                layers,
                RmsNorm.of("model.norm", hidden, epsilon),
                head,
                config.count("max_position_embeddings", 2048),
                CheckpointNames.PLAIN);
    }

    private static DecoderLayer layer(ConfigJson config, int index, int hidden, double epsilon) {
        String name = "model.layers." + index;
        int intermediate = config.count("intermediate_size");
        boolean biased = config.flag("mlp_bias", false);
        return new PreNormLayer(
                RmsNorm.of(name + ".input_layernorm", hidden, epsilon),
                attention(config, name + ".self_attn", index, hidden),
                RmsNorm.of(name + ".post_attention_layernorm", hidden, epsilon),
                new GatedMlp(
                        Linear.of(name + ".mlp.gate_proj", hidden, intermediate, biased),
                        Linear.of(name + ".mlp.up_proj", hidden, intermediate, biased),
                        Linear.of(name + ".mlp.down_proj", intermediate, hidden, biased)));
    }

    private static SelfAttention attention(ConfigJson config, String name, int index, int hidden) {
        int heads = config.count("num_attention_heads");
        int keyValueHeads = config.count("num_key_value_heads", heads);
        if (heads % keyValueHeads != 0) {
            throw config.error("num_attention_heads (" + heads + ") must be a multiple of num_key_value_heads ("
                    + keyValueHeads + ").");
        }
        int dimension = config.count("head_dim", hidden / heads);
        boolean biased = config.flag("attention_bias", false);
        return new GroupedAttention(
                AttentionCore.of(index, keyValueHeads, dimension),
                Linear.of(name + ".q_proj", hidden, heads * dimension, biased),
                Linear.of(name + ".k_proj", hidden, keyValueHeads * dimension, biased),
                Linear.of(name + ".v_proj", hidden, keyValueHeads * dimension, biased),
                Linear.of(name + ".o_proj", heads * dimension, hidden, biased),
                RopeConfig.of(config, dimension));
    }
}
