package org.align4j.core.family;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.align4j.core.gguf.GgufFields;
import org.align4j.core.model.Activation;

/**
 * What a GGUF file says of a model besides its tensors and its tokenizer, read from a config.
 *
 * @param architecture of the file
 * @param fields all under the architecture's name
 * @param layers how many
 * @param experts of a layer; 0 without
 * @param heads of queries and keys
 * @param queryFactor what the queries are multiplied by, because the file can't say how scores are scaled; usually 1
 * @param rotations further tensors that say how positions are rotated
 * @param notes sentences for people about what the file has otherwise
 */
record GgufDescription(
        GgufArchitecture architecture,
        GgufFields fields,
        int layers,
        int experts,
        GgufRows.Heads heads,
        double queryFactor,
        Map<String, float[]> rotations,
        List<String> notes) {

    /**
     * Describes a config's model.
     *
     * @throws InputException naming what the format can't say
     */
    static GgufDescription of(ConfigJson given) {
        String name = given.architecture();
        if (ScoreTask.of(name).isPresent()) {
            throw given.error("architecture " + name + " gives scores, and a GGUF file here holds a language model;"
                    + " give a model that writes text.");
        }
        GgufArchitecture architecture = GgufArchitecture.ofClass(name)
                .orElseThrow(() -> given.error("architecture " + name + " is not written as GGUF; "
                        + Arrays.stream(GgufArchitecture.values())
                                .flatMap(each -> each.classes().stream())
                                .collect(Collectors.joining(", "))
                        + " are. Save it as a plain model directory (align merge) and use that."));
        ConfigJson config = given.child("text_config").orElse(given).withDefaults(architecture.defaults());
        return new Describing(architecture, config).describe();
    }

    /** Fills the fields, one family's part after the other. */
    private static final class Describing {
        private static final int USUAL_PATTERN = 6;
        private static final Set<GgufArchitecture> WINDOWS = Set.of(GgufArchitecture.GEMMA2, GgufArchitecture.GEMMA3);

        private final GgufArchitecture architecture;
        private final ConfigJson config;
        private final GgufFields fields = new GgufFields();
        private final Map<String, float[]> rotations = new LinkedHashMap<>();
        private final List<String> notes = new ArrayList<>();
        private final int layers;
        private final int hidden;
        private final int heads;
        private final int headWidth;

        Describing(GgufArchitecture architecture, ConfigJson config) {
            this.architecture = architecture;
            this.config = config;
            boolean gpt2 = architecture == GgufArchitecture.GPT2;
            this.layers = config.count(gpt2 ? "n_layer" : "num_hidden_layers");
            this.hidden = config.count(gpt2 ? "n_embd" : "hidden_size");
            this.heads = config.count(gpt2 ? "n_head" : "num_attention_heads");
            this.headWidth = config.count("head_dim", hidden / heads);
        }

        GgufDescription describe() {
            whole("block_count", layers);
            whole("embedding_length", hidden);
            whole("attention.head_count", heads);
            return switch (architecture) {
                case GPT2 -> gpt2();
                case GPTNEOX -> gptNeoX();
                default -> llamaLike();
            };
        }

        private GgufDescription gpt2() {
            requireActivation("activation_function", Activation.GELU_TANH, Activation.GELU_TANH);
            if (!config.flag("scale_attn_weights", true) || config.flag("scale_attn_by_inverse_layer_idx", false)) {
                throw unsayable("scores scaled otherwise than by the head's width");
            }
            whole("context_length", config.count("n_positions", 1024));
            whole("feed_forward_length", config.count("n_inner", 4 * hidden));
            fraction("attention.layer_norm_epsilon", config.number("layer_norm_epsilon", 1e-5));
            return described(heads, 0, 1);
        }

        private GgufDescription gptNeoX() {
            requireActivation("hidden_act", Activation.GELU, Activation.GELU);
            if (!config.flag("attention_bias", true)) {
                throw unsayable("attention without biases");
            }
            whole("context_length", config.count("max_position_embeddings", 2048));
            whole("feed_forward_length", config.count("intermediate_size"));
            fraction("attention.layer_norm_epsilon", config.number("layer_norm_eps", 1e-5));
            flag("use_parallel_residual", config.flag("use_parallel_residual", true));
            GgufRotation.describe(rotation(), config, headWidth, config.number("rotary_pct", 0.25));
            return described(heads, 0, 1);
        }

        private GgufDescription llamaLike() {
            boolean gemma = WINDOWS.contains(architecture);
            Activation usual = gemma ? Activation.GELU_TANH : Activation.SILU;
            requireActivation(gemma ? "hidden_activation" : "hidden_act", usual, usual);
            requireNoUnwrittenBiases();
            if (architecture.gguf().equals("llama")) {
                whole("vocab_size", config.count("vocab_size"));
            }
            int keys = config.count("num_key_value_heads", heads);
            whole("attention.head_count_kv", keys);
            whole("feed_forward_length", config.count("intermediate_size"));
            fraction("attention.layer_norm_rms_epsilon", config.number("rms_norm_eps", 1e-6));
            whole("attention.key_length", headWidth);
            whole("attention.value_length", headWidth);
            double factor = gemma ? gemma() : 1;
            whole("context_length", gemma ? positions() : positionsWithinWindow());
            GgufRotation.describe(rotation(), config, headWidth, 1);
            if (architecture == GgufArchitecture.PHI3 && !rotations.isEmpty()) {
                notes.add("llama.cpp rotates positions as in long texts wherever its context is longer than the"
                        + " original_context_length of the file, and the model does so in long texts alone: short texts are"
                        + " answered as by the model only with a context no longer than that.");
            }
            return described(keys, experts(), factor);
        }

        private GgufDescription described(int keys, int experts, double factor) {
            return new GgufDescription(
                    architecture, fields, layers, experts, new GgufRows.Heads(heads, keys), factor, rotations, notes);
        }

        private void requireActivation(String field, Activation otherwise, Activation required) {
            if (config.activation(field, config.activation("hidden_act", otherwise)) != required) {
                throw unsayable(field + " " + config.text(field, config.text("hidden_act", "")));
            }
        }

        private void requireNoUnwrittenBiases() {
            if (architecture != GgufArchitecture.LLAMA && config.flag("attention_bias", false)) {
                throw unsayable("attention_bias");
            }
        }

        private InputException unsayable(String what) {
            return config.error(what + " can't be said in a GGUF file of the architecture " + architecture.gguf()
                    + "; the answers would differ. Use the plain model directory (align merge).");
        }

        private int experts() {
            if (architecture == GgufArchitecture.MIXTRAL) {
                int experts = config.experts(8, "num_local_experts", "num_experts");
                whole("expert_count", experts);
                whole("expert_used_count", config.whole(2, "num_experts_per_tok"));
                return experts;
            }
            if (architecture != GgufArchitecture.QWEN3MOE) {
                return 0;
            }
            int experts = config.experts(128, "num_experts", "num_local_experts");
            if (!config.wholes("mlp_only_layers").isEmpty() || config.count("decoder_sparse_step", 1) != 1) {
                throw unsayable("layers without experts among those with (mlp_only_layers, decoder_sparse_step)");
            }
            if (!config.flag("norm_topk_prob", false)) {
                throw unsayable("norm_topk_prob false");
            }
            whole("expert_count", experts);
            whole("expert_used_count", config.whole(8, "num_experts_per_tok"));
            whole("expert_feed_forward_length", config.count("moe_intermediate_size", 768));
            return experts;
        }

        private int positions() {
            return config.count("max_position_embeddings", 2048);
        }

        /** The architectures without windows are read as if every token saw all before it, which is so within the window. */
        private int positionsWithinWindow() {
            boolean used = config.has("sliding_window")
                    && (switch (architecture) {
                        case QWEN2, QWEN3, QWEN3MOE -> config.flag("use_sliding_window", false);
                        case LLAMA, OLMO2 -> false;
                        default -> true;
                    });
            int positions = positions();
            if (!used || config.count("sliding_window") >= positions) {
                return positions;
            }
            int window = config.count("sliding_window");
            notes.add("The model's layers see a window of " + window + " tokens, which a GGUF file of the architecture "
                    + architecture.gguf() + " can't say: its context_length is " + window + " instead of " + positions
                    + ", within which both are the same.");
            return window;
        }

        /** Windows, caps and how scores are scaled; returns what the queries must be multiplied by. */
        private double gemma() {
            boolean third = architecture == GgufArchitecture.GEMMA3;
            if (config.has("sliding_window")) {
                whole("attention.sliding_window", config.count("sliding_window"));
                int pattern = pattern(third ? config.count("sliding_window_pattern", USUAL_PATTERN) : 2);
                if (third && pattern != USUAL_PATTERN) {
                    whole("attention.sliding_window_pattern", pattern);
                }
            }
            cap("attn_logit_softcapping");
            cap("final_logit_softcapping");
            double assumed = layers == (third ? 62 : 46) ? (double) hidden / heads : headWidth;
            return Math.sqrt(assumed / config.requiredNumber("query_pre_attn_scalar"));
        }

        private void cap(String name) {
            if (config.has(name)) {
                fraction(name, config.number(name, 0));
            }
        }

        /** Every so many layers one sees everything; the others see a window. */
        private int pattern(int otherwise) {
            int pattern = config.texts("layer_types").isEmpty()
                    ? otherwise
                    : IntStream.range(0, layers)
                                    .filter(i -> !Windows.has(config, i, layer -> true))
                                    .findFirst()
                                    .orElse(layers)
                            + 1;
            for (int i = 0; i < layers; i++) {
                boolean windowed = Windows.has(config, i, layer -> (layer + 1) % pattern != 0);
                if (windowed != ((i + 1) % pattern != 0)
                        || (architecture == GgufArchitecture.GEMMA2 && windowed != (i % 2 == 0))) {
                    throw unsayable("this order of layer_types");
                }
            }
            return pattern;
        }

        private GgufRotation.Into rotation() {
            return new GgufRotation.Into(architecture, fields, rotations);
        }

        private void whole(String name, long value) {
            fields.whole(architecture.gguf() + "." + name, value);
        }

        private void fraction(String name, double value) {
            fields.fraction(architecture.gguf() + "." + name, value);
        }

        private void flag(String name, boolean value) {
            fields.flag(architecture.gguf() + "." + name, value);
        }
    }
}
