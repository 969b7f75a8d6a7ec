package org.align4j.core.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Reach;
import org.align4j.core.model.Rope;
import org.align4j.core.reference.ReferenceFolder;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What configs say: sizes of real models, fields that change the result, fields that don't. */
class FamiliesTest {
    private static final String LLAMA = config("Llama", """
            "hidden_size": 32, "num_attention_heads": 8, "num_hidden_layers": 2, "intermediate_size": 6, "vocab_size": 9""");

    /** The families whose attention has biases where a config doesn't say so. */
    private static final Set<String> BIASED = Set.of("Glm4", "SeedOss");

    @TempDir
    Path folder;

    private static String config(String family, String fields) {
        return "{\"architectures\": [\"" + family + "ForCausalLM\"], " + fields + "}";
    }

    private Decoder decoder(String json) {
        try {
            return Families.decoder(ConfigJson.read(Files.writeString(folder.resolve("config.json"), json)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A config with one more field; of a field that is there twice, the last counts. */
    private static String with(String config, String field) {
        return config.substring(0, config.length() - 1) + ", " + field + "}";
    }

    private static String of(String family) {
        return LLAMA.replace("LlamaFor", family + "For");
    }

    /**
     * Facts of published models and their parameters, tied ones once, as transformers counts them on the meta device. What a
     * config of the hub leaves out is left out here.
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Llama | 8030261248 | 128256 4096 32 32 8 14336 |",
                "Llama | 1235814400 | 128256 2048 16 32 8 8192 | \"head_dim\": 64, \"tie_word_embeddings\": true",
                "Mistral | 7241732096 | 32000 4096 32 32 8 14336 | \"sliding_window\": 4096",
                "Qwen2 | 494032768 | 151936 896 24 14 2 4864 | \"tie_word_embeddings\": true, \"sliding_window\": 32768",
                "Qwen3 | 596049920 | 151936 1024 28 16 8 3072 | \"head_dim\": 128, \"tie_word_embeddings\": true",
                "Gemma2 | 2614341888 | 256000 2304 26 8 4 9216 | \"head_dim\": 256",
                "Gemma3 | 268098176 | 262144 640 18 4 1 2048 | \"head_dim\": 256",
                "Gemma3 | 999885952 | 262144 1152 26 4 1 6912 | \"head_dim\": 256",
                "Phi3 | 3821079552 | 32064 3072 32 32 32 8192 | \"sliding_window\": 2047",
                "Phi3 | 3836021760 | 200064 3072 32 24 8 8192 | \"partial_rotary_factor\": 0.75, \"tie_word_embeddings\": true",
                "SmolLM3 | 3075098624 | 128256 2048 36 16 4 11008 |",
                "Olmo2 | 7298617344 | 100352 4096 32 32 32 11008 |",
                "Phi3 | 14659507200 | 100352 5120 40 40 10 17920 |",
                "Granite | 2533531648 | 49155 2048 40 32 8 8192 | \"tie_word_embeddings\": true",
                "Granite | 8170848256 | 49155 4096 40 32 8 12800 | \"tie_word_embeddings\": true",
                "Olmo3 | 7298011136 | 100278 4096 32 32 32 11008 |",
                "Olmo3 | 32233522176 | 100278 5120 64 40 8 27648 |",
                "Glm4 | 9400279040 | 151552 4096 40 32 2 13696 |",
                "Ministral3 | 3429006336 | 131072 3072 26 32 8 9216 | \"tie_word_embeddings\": true",
                "Ministral3 | 8489553920 | 131072 4096 34 32 8 14336 |",
                "Cohere2 | 8028033024 | 256000 4096 32 32 8 14336 | \"head_dim\": 128",
                "Ernie4_5 | 360748032 | 103424 1024 18 16 2 3072 |",
                "SeedOss | 36151104512 | 155136 5120 64 80 8 27648 |",
                "Exaone4 | 1279391488 | 102400 2048 30 32 8 4096 | \"sliding_window\": null, \"tie_word_embeddings\": true",
                "Exaone4 | 32003216384 | 102400 5120 64 40 8 27392 |",
                "HunYuanDenseV1 | 539010048 | 120818 1024 24 16 8 3584 | \"head_dim\": 128, \"tie_word_embeddings\": true",
                "HunYuanDenseV1 | 7504568320 | 128167 4096 32 32 8 14336 | \"head_dim\": 128, \"tie_word_embeddings\": true"
            })
    void realModelsHaveTheirPublishedSize(String family, long parameters, String sizes, String more) {
        String[] size = sizes.split(" ");
        String json = config(
                family,
                "\"vocab_size\": " + size[0] + ", \"hidden_size\": " + size[1] + ", \"num_hidden_layers\": " + size[2]
                        + ", \"num_attention_heads\": " + size[3] + ", \"num_key_value_heads\": " + size[4]
                        + ", \"intermediate_size\": " + size[5] + (more == null ? "" : ", " + more));
        assertThat(decoder(json).elements()).isEqualTo(parameters);
    }

    /** The text part of Gemma 3 4B: all but four of its sizes are the class's defaults. */
    @Test
    void whatAConfigLeavesOutIsTheClassesDefault() {
        Decoder decoder = decoder("""
                {"architectures": ["Gemma3ForConditionalGeneration"], "text_config": {"hidden_size": 2560,
                 "intermediate_size": 10240, "num_hidden_layers": 34, "sliding_window": 1024,
                 "rope_scaling": {"factor": 8.0, "rope_type": "linear"}}}
                """);
        assertThat(decoder.elements()).isEqualTo(3_880_263_168L);
        assertThat(decoder.maxPositions()).isEqualTo(131_072);
        assertThat(decoder.layers().get(4).attentionCore().reach()).isEqualTo(Reach.window(1024));
        assertThat(decoder.layers().get(5).attentionCore().reach()).isEqualTo(Reach.ALL);
    }

    static Stream<Map.Entry<String, Long>> shared() {
        return Map.ofEntries(
                Map.entry("Llama-3.2-1B", 1_235_814_400L),
                Map.entry("Meta-Llama-3.1-8B", 8_030_261_248L),
                Map.entry("Mistral-7B-v0.1", 7_241_732_096L),
                Map.entry("Phi-3-mini-4k-instruct", 3_821_079_552L),
                Map.entry("Qwen2.5-0.5B", 494_032_768L),
                Map.entry("Qwen3-0.6B", 596_049_920L),
                Map.entry("SmolLM2-135M-Instruct", 134_515_008L),
                Map.entry("SmolLM2-135M", 134_515_008L),
                Map.entry("gemma-3-1b-it", 999_885_952L),
                Map.entry("gemma-3-270m", 268_098_176L),
                Map.entry("gpt2", 124_439_808L))
                .entrySet()
                .stream();
    }

    @ParameterizedTest
    @MethodSource("shared")
    void configsOfTheHubAreRead(Map.Entry<String, Long> model) {
        Path config = ReferenceFolder.shared().resolve("configs").resolve(model.getKey() + ".config.json");
        Assumptions.assumeTrue(Files.isRegularFile(config), "no configs beside the repository");
        assertThat(Families.decoder(ConfigJson.read(config)).elements()).isEqualTo(model.getValue());
    }

    /** Each line: family, a field that would change the result and is not built, words of the error. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Llama | \"hidden_act\": \"quick_gelu\" | hidden_act, quick_gelu",
                "Llama | \"rope_scaling\": {\"rope_type\": \"dynamic\", \"factor\": 2} | rope_type, dynamic",
                "Llama | \"rope_scaling\": {\"type\": \"mrope\"} | rope_type, mrope",
                "Llama | \"partial_rotary_factor\": 0.5 | partial_rotary_factor, 0.5",
                "Llama | \"rope_parameters\": {\"full_attention\": {\"rope_type\": \"default\"}} | layer types",
                "Llama | \"head_dim\": 7 | 7 numbers, even",
                "Phi3 | \"partial_rotary_factor\": -1 | partial_rotary_factor, -1.0, above 0",
                "Phi3 | \"partial_rotary_factor\": 1.5 | partial_rotary_factor, 1.5, at most 1",
                "Llama | \"num_key_value_heads\": 3 | num_key_value_heads, 3",
                "Mistral | \"attention_bias\": true | attention_bias, MistralForCausalLM",
                "Qwen2 | \"use_mrope\": true | use_mrope",
                "Qwen2 | \"layer_types\": [\"full_attention\", \"linear_attention\"] | layer_types, linear_attention, layer 1",
                "Qwen3 | \"use_sliding_window\": true, \"layer_types\": [\"full_attention\"] | layer_types, 1 entries, 2",
                "Gemma2 | \"layer_types\": [\"full_attention\", \"chunked_attention\"] | layer_types, chunked_attention",
                "Gemma3 | \"use_bidirectional_attention\": true | use_bidirectional_attention",
                "Gemma3 | \"rope_parameters\": {\"full_attention\": {}} | sliding_attention",
                "Phi3 | \"attention_bias\": true | attention_bias, Phi3ForCausalLM",
                "Phi3 | \"rope_scaling\": {\"type\": \"longrope\", \"short_factor\": [1], \"long_factor\": [1, 1]} | short_factor, 1 numbers, 2 pairs",
                "Phi3 | \"rope_scaling\": {\"type\": \"longrope\", \"long_factor\": [1, 1]} | short_factor, missing",
                "SmolLM3 | \"no_rope_layers\": [1] | no_rope_layers, 1 entries, 2",
                "Olmo2 | \"mlp_bias\": true | mlp_bias, Olmo2ForCausalLM",
                "Llama | \"num_attention_heads\": 7, \"num_key_value_heads\": 7 | hidden_size, 32, multiple, 7",
                "Llama | \"rope_scaling\": {\"rope_type\": \"yarn\"}, \"max_position_embeddings\": null | original_max_position_embeddings",
                "Gemma2 | \"hidden_activation\": \"quick_gelu\" | hidden_activation, quick_gelu",
                "Mixtral | \"attention_bias\": true | attention_bias, MixtralForCausalLM",
                "Mixtral | \"hidden_act\": \"gelu_10\" | hidden_act, gelu_10",
                "Mixtral | \"router_jitter_noise\": 0.1 | router_jitter_noise, 0.1, MixtralForCausalLM",
                "Mixtral | \"num_experts_per_tok\": 9 | num_experts_per_tok, 9, 8 experts",
                "Mixtral | \"num_local_experts\": 2.5 | num_local_experts, 2.5",
                "Qwen3Moe | \"mlp_bias\": true | mlp_bias, Qwen3MoeForCausalLM",
                "Qwen3Moe | \"num_experts\": 4 | num_experts_per_tok is 8, 4 experts",
                "Qwen3Moe | \"rope_scaling\": {\"rope_type\": \"dynamic\", \"factor\": 2} | rope_type, dynamic",
                "Llama4 | \"hidden_act\": \"gelu\" | hidden_act, gelu, silu",
                "Llama4 | \"router_jitter_noise\": 0.01 | router_jitter_noise, 0.01",
                "Llama4 | \"num_experts_per_tok\": 17 | num_experts_per_tok, 17, 16 experts",
                "Llama4 | \"no_rope_layers\": [1] | no_rope_layers, 1 entries, 2",
                "Llama4 | \"layer_types\": [\"full_attention\", \"sliding_attention\"] | layer_types, sliding_attention, chunked_attention",
                "DeepseekV3 | \"mlp_bias\": true | mlp_bias, DeepseekV3ForCausalLM",
                "DeepseekV3 | \"scoring_func\": \"softmax\" | scoring_func, softmax, sigmoid",
                "DeepseekV3 | \"topk_method\": \"greedy\" | topk_method, greedy, noaux_tc",
                "DeepseekV3 | \"moe_layer_freq\": 2 | moe_layer_freq, 2, 1",
                "DeepseekV3 | \"num_key_value_heads\": 4 | num_key_value_heads, 4, num_attention_heads, 8",
                "DeepseekV3 | \"first_k_dense_replace\": 0, \"n_group\": 3 | n_group, 3, 256",
                "DeepseekV3 | \"first_k_dense_replace\": 0, \"topk_group\": 9 | topk_group, 9, n_group",
                "DeepseekV3 | \"first_k_dense_replace\": 0, \"n_routed_experts\": 8 | n_routed_experts, 8, two experts",
                "DeepseekV3 | \"first_k_dense_replace\": 0, \"num_experts_per_tok\": 129 | num_experts_per_tok, 129, 128",
                "DeepseekV3 | \"rope_scaling\": {\"type\": \"dynamic\"} | rope_type, dynamic",
                "Granite | \"logits_scaling\": 0 | logits_scaling, 0, above 0",
                "Granite | \"residual_multiplier\": \"half\" | residual_multiplier, half, number",
                "Granite | \"partial_rotary_factor\": 0.5 | partial_rotary_factor, 0.5",
                "Olmo3 | \"mlp_bias\": true | mlp_bias, Olmo3ForCausalLM",
                "Olmo3 | \"sliding_window\": null | sliding_window, null, whole number",
                "Olmo3 | \"rope_parameters\": {\"rope_type\": \"yarn\"} | rope_parameters, full_attention, sliding_attention",
                "Olmo3 | \"rope_parameters\": {\"sliding_attention\": {\"partial_rotary_factor\": 0.5}} | partial_rotary_factor, 0.5",
                "Glm4 | \"mlp_bias\": true | mlp_bias, Glm4ForCausalLM",
                "Glm4 | \"partial_rotary_factor\": 1.5 | partial_rotary_factor, 1.5, at most 1",
                "Glm4 | \"rope_scaling\": {\"type\": \"dynamic\"} | rope_type, dynamic",
                "Glm4Moe | \"mlp_bias\": true | mlp_bias, Glm4MoeForCausalLM",
                "Glm4Moe | \"partial_rotary_factor\": 2 | partial_rotary_factor, 2.0, at most 1",
                "Glm4Moe | \"first_k_dense_replace\": 0, \"num_experts_per_tok\": 129 | num_experts_per_tok, 129, 128",
                "Ministral3 | \"attention_bias\": true | attention_bias, Ministral3ForCausalLM",
                "Ministral3 | \"rope_parameters\": {\"rope_type\": \"default\"} | llama_4_scaling_beta, missing",
                "Ministral3 | \"rope_parameters\": {\"llama_4_scaling_beta\": 0.1} | original_max_position_embeddings, missing",
                "Cohere2 | \"use_parallel_block\": false | use_parallel_block, false, Cohere2ForCausalLM",
                "Cohere2 | \"use_gated_activation\": false | use_gated_activation, false",
                "Cohere2 | \"use_qk_norm\": true | use_qk_norm",
                "Cohere2 | \"position_embedding_type\": \"rope\" | position_embedding_type, rope_gptj",
                "Cohere2 | \"order_of_interleaved_layers\": \"global_attn_first\" | order_of_interleaved_layers, local_attn_first",
                "Cohere2 | \"rotary_pct\": 0.5 | rotary_pct, 0.5",
                "Cohere2 | \"rope_parameters\": {\"sliding_attention\": {\"rope_theta\": 100}} | rope_parameters, layer types",
                "Cohere2 | \"sliding_window\": null | sliding_window, null, whole number",
                "Cohere2 | \"layer_types\": [\"full_attention\", \"chunked_attention\"] | layer_types, chunked_attention",
                "Ernie4_5 | \"attention_bias\": true | attention_bias, Ernie4_5ForCausalLM",
                "Ernie4_5 | \"use_bias\": \"some\" | use_bias, some, true or false",
                "Ernie4_5_Moe | \"use_bias\": true | use_bias, Ernie4_5_MoeForCausalLM",
                "Ernie4_5_Moe | \"moe_k\": 65 | moe_k is 65, 64",
                "Ernie4_5_Moe | \"moe_layer_end_index\": \"last\" | moe_layer_end_index, last, number",
                "SeedOss | \"attention_out_bias\": 1 | attention_out_bias, 1, true or false",
                "SeedOss | \"rope_scaling\": {\"type\": \"dynamic\"} | rope_type, dynamic",
                "Exaone4 | \"num_key_value_heads\": 8, \"sliding_window_pattern\": \"LLLG\" | sliding_window_pattern, LLLG, whole number",
                "Exaone4 | \"num_key_value_heads\": 8, \"sliding_window\": null, \"layer_types\": [\"full_attention\", \"sliding_attention\"] | sliding_window, null",
                "Exaone4 | \"num_key_value_heads\": 8, \"mlp_bias\": true | mlp_bias, Exaone4ForCausalLM",
                "HunYuanDenseV1 | \"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2} | rope_type, dynamic",
                "HunYuanDenseV1 | \"use_qk_norm\": false | use_qk_norm, false",
                "HunYuanDenseV1 | \"use_cla\": true | use_cla, HunYuanDenseV1ForCausalLM"
            })
    void whatWouldChangeTheResultIsRefused(String family, String field, String words) {
        String json = with(of(family), field);
        assertThatThrownBy(() -> decoder(json))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(words.split(", "));
    }

    /** Each line: a quantization_config, words of the error; none where the weights can be read. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"quant_method\": \"gptq\", \"bits\": 4} | gptq, original model, qlora",
                "{\"quant_method\": \"awq\"} | awq, original model, qlora",
                "{\"quant_method\": \"bitsandbytes\", \"load_in_4bit\": true} | bitsandbytes, original model, qlora",
                "{\"quant_method\": \"mxfp4\"} | mxfp4, bf16, dequantize",
                "{\"quant_method\": \"compressed-tensors\"} | compressed-tensors, bf16, dequantize",
                "{\"quant_method\": \"fp8\", \"fmt\": \"e5m2\"} | fmt, e5m2, bf16",
                "{\"quant_method\": \"fp8\", \"expert_dtype\": \"fp4\"} | expert_dtype, fp4, bf16",
                "{\"bits\": 4} | quant_method, plain numbers",
                "{\"quant_method\": \"fp8\", \"weight_block_size\": [128, 128]} | "
            })
    void weightsInAFormThatIsNotReadAreRefusedByItsName(String form, String words) throws IOException {
        ConfigJson config = ConfigJson.read(
                Files.writeString(folder.resolve("config.json"), with(LLAMA, "\"quantization_config\": " + form)));
        if (words == null) {
            config.requireReadableWeights();
        } else {
            assertThatThrownBy(config::requireReadableWeights)
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("quantization_config")
                    .hasMessageContainingAll(words.split(", "));
        }
    }

    @Test
    void unknownArchitecturesAreToldWhatThereIs() {
        assertThatThrownBy(() -> decoder(of("Bloom")))
                .hasMessageContainingAll("BloomForCausalLM", "not supported", "LlamaForCausalLM", "Qwen3ForCausalLM");
    }

    /** Each line: a field of a config that is spelled as none of the others are, words of the error. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GPT2LMHeadModel | \"add_cross_attention\": true | add_cross_attention",
                "GPT2LMHeadModel | \"n_head\": 5 | n_embd, 32, n_head, 5",
                "GPT2LMHeadModel | \"activation_function\": \"tanh\" | activation_function, tanh",
                "GPTNeoXForCausalLM | \"num_attention_heads\": 5 | hidden_size, 32, 5",
                "GPTNeoXForCausalLM | \"rotary_pct\": 0.5, \"hidden_act\": \"selu\" | hidden_act, selu",
                "GPTNeoXForCausalLM | \"rotary_pct\": 0.25 | 1 numbers, even",
                "GPTNeoXForCausalLM | \"rotary_pct\": -0.5 | rotary_pct, -0.5, above 0",
                "GPTNeoXForCausalLM | \"rotary_pct\": 0.5, \"rope_scaling\": {\"type\": \"dynamic\"} | rope_type, dynamic",
                "Mistral3ForConditionalGeneration | \"hidden_act\": \"silu\" | text_config, missing",
                "Mistral3ForConditionalGeneration | \"text_config\": {\"model_type\": \"qwen2\"} | model_type, qwen2, ministral3"
            })
    void othersRefuseToo(String architecture, String field, String words) {
        String json = LLAMA.replace("LlamaForCausalLM", architecture);
        String all = with(with(json, "\"n_embd\": 32, \"n_head\": 4, \"n_layer\": 1"), field);
        assertThatThrownBy(() -> decoder(all))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(words.split(", "));
    }

    /** Gemma 2 and 3 compute with {@code hidden_activation}, whatever an old {@code hidden_act} beside it says. */
    @ParameterizedTest
    @ValueSource(strings = {"Gemma2", "Gemma3"})
    void gemmasActivationIsTheOneUnderItsOwnName(String family) {
        Decoder plain = decoder(of(family));
        assertThat(decoder(with(of(family), "\"hidden_act\": \"gelu\"")).layers())
                .isEqualTo(plain.layers());
        assertThat(decoder(with(of(family), "\"hidden_activation\": \"gelu\"")).layers())
                .isNotEqualTo(plain.layers());
    }

    /** Early files of Llama 4 hold a number. */
    @Test
    void llama4TunesTemperaturesByAFlagOrANumber() {
        String fields = "\"no_rope_layers\": [1, 0], \"attn_temperature_tuning\": ";
        assertThat(decoder(with(of("Llama4"), fields + "4")).layers())
                .isEqualTo(decoder(with(of("Llama4"), fields + "true")).layers())
                .isNotEqualTo(decoder(with(of("Llama4"), fields + "0")).layers());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Llama",
                "Mistral",
                "Qwen2",
                "Qwen3",
                "Gemma2",
                "Gemma3",
                "Phi3",
                "SmolLM3",
                "Olmo2",
                "Mixtral",
                "Qwen3Moe",
                "Llama4",
                "DeepseekV3",
                "Granite",
                "Olmo3",
                "Glm4",
                "Glm4Moe",
                "Ministral3",
                "Cohere2",
                "Ernie4_5",
                "Ernie4_5_Moe",
                "SeedOss",
                "Exaone4",
                "HunYuanDenseV1"
            })
    void whatChangesNothingIsIgnored(String family) {
        String config = with(of(family), "\"num_key_value_heads\": 8");
        boolean biased = BIASED.contains(family);
        Decoder plain = decoder(config);
        Decoder wordy = decoder(with(config, """
                "output_router_logits": false, "router_aux_loss_coef": 0.001, "aux_loss_alpha": 0.001, "initializer_range": 0.02, "attention_dropout": 0.1, "use_cache": false, "torch_dtype": "bfloat16",
                "pretraining_tp": 1, "transformers_version": "9", "auto_map": {"AutoConfig": "x.Y"}, "rope_scaling": null,
                "attention_bias": %s, "residual_dropout": 0.1, "something_new": {"a": 1}""".formatted(biased)));
        assertThat(wordy.layers()).isEqualTo(plain.layers());
        assertThat(wordy.parameters()).isEqualTo(plain.parameters());
    }

    private Reach reach(String json, int layer) {
        return decoder(json).layers().get(layer).attentionCore().reach();
    }

    /** A window that is null is none; one that is absent is the family's. */
    @Test
    void windowsFollowTheFamilysRule() {
        assertThat(reach(of("Mistral"), 1)).isEqualTo(Reach.window(4096));
        assertThat(reach(with(of("Mistral"), "\"sliding_window\": null"), 1)).isEqualTo(Reach.ALL);
        assertThat(reach(with(of("Qwen2"), "\"sliding_window\": 3, \"max_window_layers\": 1"), 1))
                .isEqualTo(Reach.ALL);
        String windows = "\"sliding_window\": 3, \"max_window_layers\": 1, \"use_sliding_window\": true";
        assertThat(reach(with(of("Qwen2"), windows), 0)).isEqualTo(Reach.ALL);
        assertThat(reach(with(of("Qwen3"), windows), 1)).isEqualTo(Reach.window(3));
        assertThat(reach(of("Gemma2"), 0)).isEqualTo(Reach.window(4096));
        assertThat(reach(of("Gemma2"), 1)).isEqualTo(Reach.ALL);
        assertThat(reach(of("Phi3"), 0)).isEqualTo(Reach.ALL);
        String exaone = with(of("Exaone4"), "\"num_key_value_heads\": 8, \"sliding_window_pattern\": 2");
        assertThat(reach(exaone, 0)).isEqualTo(Reach.window(4096));
        assertThat(reach(exaone, 1)).isEqualTo(Reach.ALL);
        assertThat(reach(with(exaone, "\"sliding_window\": null"), 0)).isEqualTo(Reach.ALL);
        assertThat(reach(of("Olmo3"), 1)).isEqualTo(Reach.window(4096));
        assertThat(reach(of("Ministral3"), 1)).isEqualTo(Reach.ALL);
    }

    /** As transformers reads them: layers with a window keep the theta of the class, whatever an old file says for all. */
    @Test
    void olmo3sThetaIsOneForEachLayerType() {
        float usual = 1 / (float) Math.sqrt(500_000);
        String old = with(
                of("Olmo3"), "\"rope_theta\": 10000, \"layer_types\": [\"full_attention\", \"sliding_attention\"]");
        String both = with(old, "\"rope_parameters\": {\"full_attention\": {\"rope_type\": \"default\"}}");
        for (String config : new String[] {old, both}) {
            assertThat(rotation(config, 0)).containsExactly(1, 0.01f);
            assertThat(rotation(config, 1)).containsExactly(1, usual);
        }
    }

    private float[] rotation(String json, int layer) {
        return Objects.requireNonNull(
                        decoder(json).layers().get(layer).attention().rope())
                .inverseFrequencies();
    }

    @Test
    void capsThatAreAbsentAreGemma2s() {
        Decoder usual = decoder(of("Gemma2"));
        assertThat(usual.logitCap()).isEqualTo(30);
        assertThat(usual.layers().get(0).attentionCore().scoreCap()).isEqualTo(50);
        Decoder none =
                decoder(with(of("Gemma2"), "\"final_logit_softcapping\": null, \"attn_logit_softcapping\": null"));
        assertThat(none.logitCap()).isZero();
        assertThat(none.layers().get(0).attentionCore().scoreCap()).isZero();
        assertThat(decoder(of("Gemma3")).logitCap()).isZero();
    }

    /** Heads of 4: two pairs, 10000^0 and 10000^(-1/2); the square root of 1 + ln 8 / ln 10 at 80 tokens grown from 10. */
    @Test
    void longropeDividesEachFrequencyByItsFactor() {
        Rope rope = decoder(with(of("Phi3"), """
                        "max_position_embeddings": 80, "original_max_position_embeddings": 10,
                        "rope_scaling": {"type": "longrope", "short_factor": [1, 2], "long_factor": [4, 5]}""")).layers().get(0).attention().rope();
        assertThat(rope)
                .isEqualTo(new Rope(
                        new float[] {1, 0.01f / 2},
                        Math.sqrt(1 + Math.log(8) / Math.log(10)),
                        new Rope.LongRope(10, new float[] {0.25f, 0.01f / 5})));
    }

    /** Every second layer, counted from 1, where no list says which. */
    @Test
    void layersWithoutPositionsAreCountedFromOne() {
        Decoder decoder = decoder(with(of("SmolLM3"), "\"no_rope_layer_interval\": 2"));
        assertThat(decoder.layers().get(0).attention().rope()).isNotNull();
        assertThat(decoder.layers().get(1).attention().rope()).isNull();
    }

    @Test
    void layersWithoutPositionsHaveNone() {
        Decoder decoder = decoder(with(of("SmolLM3"), "\"no_rope_layers\": [1, 0]"));
        assertThat(decoder.layers().get(0).attention().rope()).isNotNull();
        assertThat(decoder.layers().get(1).attention().rope()).isNull();
    }

    @Test
    void aLossThatIsNotAddedIsTold(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("config.json");
        Files.writeString(file, "{\"output_router_logits\": true}");
        assertThat(ConfigJson.read(file).notes())
                .singleElement()
                .asString()
                .contains("output_router_logits", "not added");
        Files.writeString(file, "{\"output_router_logits\": false}");
        assertThat(ConfigJson.read(file).notes()).isEmpty();
    }
}
