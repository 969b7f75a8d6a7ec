package org.align4j.core.family;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;

/** The architectures that a GGUF file can have here: their names there, the classes that they are, and their tensors. */
@SuppressWarnings("ImmutableEnumChecker") // the lists and maps can't be changed
public enum GgufArchitecture {
    LLAMA("llama", "llama", List.of("LlamaForCausalLM"), Map.of(), Layer.LLAMA.rules()),
    MISTRAL("llama", "mistral", List.of("MistralForCausalLM"), Mistral.DEFAULTS, Layer.LLAMA.rules()),
    MIXTRAL("llama", "mixtral", List.of("MixtralForCausalLM"), Mixtral.DEFAULTS, Layer.MIXTRAL.rules()),
    QWEN2("qwen2", "qwen2", List.of("Qwen2ForCausalLM"), Qwen2.DEFAULTS, Layer.PLAIN.rules()),
    QWEN3("qwen3", "qwen3", List.of("Qwen3ForCausalLM"), Qwen3.DEFAULTS, Layer.NORMED.rules()),
    QWEN3MOE("qwen3moe", "qwen3_moe", List.of("Qwen3MoeForCausalLM"), Qwen3Moe.DEFAULTS, Layer.QWEN3MOE.rules()),
    OLMO2("olmo2", "olmo2", List.of("Olmo2ForCausalLM"), Olmo2.DEFAULTS, Layer.POST_NORMED.rules()),
    PHI3("phi3", "phi3", List.of("Phi3ForCausalLM"), Phi3.DEFAULTS, Layer.FUSED.rules()),
    GEMMA2("gemma2", "gemma2", List.of("Gemma2ForCausalLM"), Gemma2.DEFAULTS, Layer.SANDWICH.rules()),
    GEMMA3(
            "gemma3",
            "gemma3_text",
            List.of("Gemma3ForCausalLM", "Gemma3ForConditionalGeneration"),
            Gemma3.DEFAULTS,
            Layer.NORMED_SANDWICH.rules()),
    GPT2("gpt2", "gpt2", List.of("GPT2LMHeadModel"), Map.of(), Layer.GPT2.rules()),
    GPTNEOX("gptneox", "gpt_neox", List.of("GPTNeoXForCausalLM"), Map.of(), Layer.GPTNEOX.rules());

    private final String gguf;
    private final String modelType;
    private final List<String> classes;
    private final Map<String, Object> defaults;
    private final List<GgufRule> rules;

    GgufArchitecture(
            String gguf, String modelType, List<String> classes, Map<String, Object> defaults, List<GgufRule> rules) {
        this.gguf = gguf;
        this.modelType = modelType;
        this.classes = classes;
        this.defaults = defaults;
        this.rules = rules;
    }

    /** Returns the name that {@code general.architecture} has. */
    public String gguf() {
        return gguf;
    }

    /** Returns the classes of transformers that are written so. */
    public List<String> classes() {
        return classes;
    }

    String modelType() {
        return modelType;
    }

    Map<String, Object> defaults() {
        return defaults;
    }

    List<GgufRule> rules() {
        return rules;
    }

    /** Finds the architecture of a model's class. */
    public static Optional<GgufArchitecture> ofClass(String name) {
        return Arrays.stream(values())
                .filter(each -> each.classes.contains(name))
                .findFirst();
    }

    /**
     * Finds the architecture of a file.
     *
     * @param experts whether layers have experts
     * @throws InputException for one that isn't read, by its name
     */
    static GgufArchitecture ofFile(String name, boolean experts, String file) {
        return Arrays.stream(values())
                .filter(each -> each.gguf.equals(name) && (each == MIXTRAL || each == QWEN3MOE) == experts)
                .findFirst()
                .orElseThrow(() -> new InputException(file + " has the architecture " + name
                        + (experts ? " with experts" : "") + ", which is not read; " + names() + " are."));
    }

    private static String names() {
        return Arrays.stream(values()).map(each -> each.gguf).distinct().collect(Collectors.joining(", "));
    }

    /** The tensors of the architectures, put together of what several have. */
    @SuppressWarnings("ImmutableEnumChecker") // the list can't be changed
    private enum Layer {
        LLAMA(model(), heads(GgufRows.QUERY_HEADS, GgufRows.KEY_HEADS), norms(), gated()),
        MIXTRAL(
                model(),
                heads(GgufRows.QUERY_HEADS, GgufRows.KEY_HEADS),
                norms(),
                experts("block_sparse_moe", "w1", "w3", "w2")),
        PLAIN(model(), heads(GgufRows.AS_THEY_ARE, GgufRows.AS_THEY_ARE), norms(), gated()),
        NORMED(PLAIN.rules.stream(), headNorms()),
        QWEN3MOE(
                model(),
                heads(GgufRows.AS_THEY_ARE, GgufRows.AS_THEY_ARE),
                norms(),
                headNorms(),
                experts("mlp", "gate_proj", "up_proj", "down_proj")),
        POST_NORMED(model(), heads(GgufRows.AS_THEY_ARE, GgufRows.AS_THEY_ARE), headNorms(), laterNorms(), gated()),
        FUSED(
                model(),
                norms(),
                Stream.of(
                        layer("attn_qkv", "self_attn.qkv_proj"),
                        layer("attn_output", "self_attn.o_proj"),
                        layer("ffn_up", "mlp.gate_up_proj"),
                        layer("ffn_down", "mlp.down_proj"))),
        SANDWICH(
                shifted(model()),
                shifted(laterNorms()),
                shifted(Stream.of(
                        layer("attn_norm", "input_layernorm"), layer("ffn_norm", "pre_feedforward_layernorm"))),
                heads(GgufRows.AS_THEY_ARE, GgufRows.AS_THEY_ARE),
                gated()),
        NORMED_SANDWICH(SANDWICH.rules.stream(), shifted(headNorms())),
        GPT2(Stream.of(
                GgufRule.of("token_embd", "transformer.wte"),
                GgufRule.of("position_embd", "transformer.wpe"),
                GgufRule.of("output_norm", "transformer.ln_f"),
                GgufRule.of("output", "lm_head"),
                GgufRule.of("blk.#.attn_norm", "transformer.h.#.ln_1"),
                GgufRule.of("blk.#.attn_qkv", "transformer.h.#.attn.c_attn").in(GgufRows.TRANSPOSED),
                GgufRule.of("blk.#.attn_output", "transformer.h.#.attn.c_proj").in(GgufRows.TRANSPOSED),
                GgufRule.of("blk.#.ffn_norm", "transformer.h.#.ln_2"),
                GgufRule.of("blk.#.ffn_up", "transformer.h.#.mlp.c_fc").in(GgufRows.TRANSPOSED),
                GgufRule.of("blk.#.ffn_down", "transformer.h.#.mlp.c_proj").in(GgufRows.TRANSPOSED))),
        GPTNEOX(Stream.of(
                GgufRule.of("token_embd", "gpt_neox.embed_in"),
                GgufRule.of("output_norm", "gpt_neox.final_layer_norm"),
                GgufRule.of("output", "embed_out"),
                GgufRule.of("blk.#.attn_norm", "gpt_neox.layers.#.input_layernorm"),
                GgufRule.of("blk.#.ffn_norm", "gpt_neox.layers.#.post_attention_layernorm"),
                GgufRule.of("blk.#.attn_qkv", "gpt_neox.layers.#.attention.query_key_value")
                        .in(GgufRows.BY_PART),
                GgufRule.of("blk.#.attn_output", "gpt_neox.layers.#.attention.dense"),
                GgufRule.of("blk.#.ffn_up", "gpt_neox.layers.#.mlp.dense_h_to_4h"),
                GgufRule.of("blk.#.ffn_down", "gpt_neox.layers.#.mlp.dense_4h_to_h")));

        private final List<GgufRule> rules;

        @SafeVarargs
        Layer(Stream<GgufRule>... parts) {
            List<GgufRule> all = new ArrayList<>();
            for (Stream<GgufRule> part : parts) {
                part.forEach(all::add);
            }
            this.rules = List.copyOf(all);
        }

        List<GgufRule> rules() {
            return rules;
        }

        private static GgufRule layer(String gguf, String ours) {
            return GgufRule.of("blk.#." + gguf, "model.layers.#." + ours);
        }

        private static Stream<GgufRule> model() {
            return Stream.of(
                    GgufRule.of("token_embd", "model.embed_tokens"),
                    GgufRule.of("output_norm", "model.norm"),
                    GgufRule.of("output", "lm_head"));
        }

        private static Stream<GgufRule> heads(GgufRows queries, GgufRows keys) {
            return Stream.of(
                    layer("attn_q", "self_attn.q_proj").in(queries),
                    layer("attn_k", "self_attn.k_proj").in(keys),
                    layer("attn_v", "self_attn.v_proj"),
                    layer("attn_output", "self_attn.o_proj"));
        }

        private static Stream<GgufRule> norms() {
            return Stream.of(layer("attn_norm", "input_layernorm"), layer("ffn_norm", "post_attention_layernorm"));
        }

        private static Stream<GgufRule> headNorms() {
            return Stream.of(layer("attn_q_norm", "self_attn.q_norm"), layer("attn_k_norm", "self_attn.k_norm"));
        }

        private static Stream<GgufRule> laterNorms() {
            return Stream.of(
                    layer("post_attention_norm", "post_attention_layernorm"),
                    layer("post_ffw_norm", "post_feedforward_layernorm"));
        }

        private static Stream<GgufRule> gated() {
            return Stream.of(
                    layer("ffn_gate", "mlp.gate_proj"),
                    layer("ffn_up", "mlp.up_proj"),
                    layer("ffn_down", "mlp.down_proj"));
        }

        private static Stream<GgufRule> experts(String module, String gate, String up, String down) {
            return Stream.of(
                    layer("ffn_gate_inp", module + ".gate"),
                    layer("ffn_gate_exps", module + ".experts.@." + gate),
                    layer("ffn_up_exps", module + ".experts.@." + up),
                    layer("ffn_down_exps", module + ".experts.@." + down));
        }

        /** Gemma's norms multiply by one plus the weight, and the file has that sum. */
        private static Stream<GgufRule> shifted(Stream<GgufRule> rules) {
            return rules.map(rule -> rule.gguf().endsWith("_norm") ? rule.plusOne() : rule);
        }
    }
}
