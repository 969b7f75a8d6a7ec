package org.align4j.examples.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.StoredDtype;

/** The demo's untrained model: a Llama of about a million parameters in the layout of a Hugging Face folder. */
final class InitialModel {
    /** Entries of the tokenizer, special tokens and bytes included. */
    static final int VOCABULARY = 1536;

    private static final int HIDDEN = 128;
    private static final int INTERMEDIATE = 384;
    private static final int LAYERS = 4;
    private static final int HEADS = 4;
    private static final int KEY_VALUE_HEADS = 2;
    private static final int MAX_LENGTH = 512;
    private static final double SPREAD = 0.02;
    private static final long SEED = 1;

    private InitialModel() {}

    /** Writes configuration, tokenizer and seeded weights into the folder. */
    static void write(BytePairEncoding encoding, Path folder) throws IOException {
        Files.createDirectories(folder);
        TokenizerFiles.write(encoding, MAX_LENGTH, folder);
        json(folder.resolve("config.json"), configuration());
        json(folder.resolve("generation_config.json"), generation());
        weights().write(folder.resolve("model.safetensors"));
    }

    /** GPT-2's rule: normal with {@value #SPREAD}, less for what adds to the residual stream; norms are one. */
    private static SafetensorsWriter weights() {
        Dice dice = new Dice(SEED);
        SafetensorsWriter writer = new SafetensorsWriter();
        add(writer, "model.embed_tokens", normal(VOCABULARY * HIDDEN, SPREAD, dice), VOCABULARY, HIDDEN);
        for (int layer = 0; layer < LAYERS; layer++) {
            String prefix = "model.layers." + layer + ".";
            for (Map.Entry<String, long[]> linear : linears().entrySet()) {
                boolean residual = linear.getKey().matches(".*(o_proj|down_proj)");
                double spread = residual ? SPREAD / Math.sqrt(2.0 * LAYERS) : SPREAD;
                long[] shape = linear.getValue();
                add(writer, prefix + linear.getKey(), normal((int) (shape[0] * shape[1]), spread, dice), shape);
            }
            add(writer, prefix + "input_layernorm", ones(), HIDDEN);
            add(writer, prefix + "post_attention_layernorm", ones(), HIDDEN);
        }
        add(writer, "model.norm", ones(), HIDDEN);
        return writer;
    }

    /** Adds a weight in bf16, as the trained model's will be: two bytes a parameter are enough to keep in the repository. */
    private static void add(SafetensorsWriter writer, String module, float[] values, long... shape) {
        writer.add(module + ".weight", StoredDtype.BF16, shape, sink -> sink.floats(values));
    }

    private static Map<String, long[]> linears() {
        int keyValue = HIDDEN / HEADS * KEY_VALUE_HEADS;
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("self_attn.q_proj", new long[] {HIDDEN, HIDDEN});
        shapes.put("self_attn.k_proj", new long[] {keyValue, HIDDEN});
        shapes.put("self_attn.v_proj", new long[] {keyValue, HIDDEN});
        shapes.put("self_attn.o_proj", new long[] {HIDDEN, HIDDEN});
        shapes.put("mlp.gate_proj", new long[] {INTERMEDIATE, HIDDEN});
        shapes.put("mlp.up_proj", new long[] {INTERMEDIATE, HIDDEN});
        shapes.put("mlp.down_proj", new long[] {HIDDEN, INTERMEDIATE});
        return shapes;
    }

    private static float[] normal(int count, double spread, Dice dice) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (spread * dice.normal());
        }
        return values;
    }

    private static float[] ones() {
        float[] values = new float[HIDDEN];
        Arrays.fill(values, 1);
        return values;
    }

    private static Map<String, Object> configuration() {
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("architectures", List.of("LlamaForCausalLM"));
        configuration.put("model_type", "llama");
        configuration.put("vocab_size", VOCABULARY);
        configuration.put("hidden_size", HIDDEN);
        configuration.put("intermediate_size", INTERMEDIATE);
        configuration.put("num_hidden_layers", LAYERS);
        configuration.put("num_attention_heads", HEADS);
        configuration.put("num_key_value_heads", KEY_VALUE_HEADS);
        configuration.put("head_dim", HIDDEN / HEADS);
        configuration.put("hidden_act", "silu");
        configuration.put("rms_norm_eps", 1e-5);
        configuration.put("rope_theta", 10000.0);
        configuration.put("attention_bias", false);
        configuration.put("mlp_bias", false);
        configuration.put("max_position_embeddings", MAX_LENGTH);
        configuration.put("tie_word_embeddings", true);
        configuration.put("eos_token_id", TokenizerFiles.id(TokenizerFiles.END));
        configuration.put("pad_token_id", TokenizerFiles.id(TokenizerFiles.PAD));
        configuration.put("torch_dtype", "bfloat16");
        return configuration;
    }

    private static Map<String, Object> generation() {
        Map<String, Object> generation = new LinkedHashMap<>();
        generation.put(
                "eos_token_id",
                List.of(TokenizerFiles.id(TokenizerFiles.END), TokenizerFiles.id(TokenizerFiles.END_OF_TEXT)));
        generation.put("pad_token_id", TokenizerFiles.id(TokenizerFiles.PAD));
        return generation;
    }

    private static void json(Path file, Object value) throws IOException {
        String text = new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(value);
        Files.writeString(file, text.replace(System.lineSeparator(), "\n") + "\n", StandardCharsets.UTF_8);
    }
}
