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

/**
 * An untrained Llama in the layout of a Hugging Face folder, whose heads have {@value #HEAD} dimensions each.
 *
 * @param hidden width of the residual stream
 * @param layers how many blocks
 * @param keyValueHeads how many of its heads have keys and values of their own
 * @param copies whether attention begins by handing on what it looks at, so that only where to look is left to learn for copying: values
 *     and outputs are a multiple of the identity, a simple mimetic initialization (Trockman and Kolter 2023)
 */
record InitialModel(int hidden, int layers, int keyValueHeads, boolean copies) {
    /** Entries of the demo's tokenizer, special tokens and bytes included. */
    static final int VOCABULARY = 1536;

    /** The demo's, of about a million parameters. */
    static final InitialModel DEMO = new InitialModel(128, 4, 2, false);

    private static final int HEAD = 32;
    private static final int MAX_LENGTH = 512;
    private static final double SPREAD = 0.02;
    private static final double HANDED_ON = 0.3;
    private static final long SEED = 1;

    /** Writes configuration, tokenizer and seeded weights into the folder. */
    void write(TokenizerFiles tokenizer, Path folder) throws IOException {
        Files.createDirectories(folder);
        tokenizer.write(MAX_LENGTH, folder);
        json(folder.resolve("config.json"), configuration(tokenizer.size()));
        json(folder.resolve("generation_config.json"), generation());
        weights(tokenizer.size()).write(folder.resolve("model.safetensors"));
    }

    /** GPT-2's rule: normal with {@value #SPREAD}, less for what adds to the residual stream; norms are one. */
    private SafetensorsWriter weights(int vocabulary) {
        Dice dice = new Dice(SEED);
        SafetensorsWriter writer = new SafetensorsWriter();
        double embedded = copies ? 1 / Math.sqrt(hidden) : SPREAD;
        add(writer, "model.embed_tokens", normal(vocabulary * hidden, embedded, dice), vocabulary, hidden);
        for (int layer = 0; layer < layers; layer++) {
            String prefix = "model.layers." + layer + ".";
            for (Map.Entry<String, long[]> linear : linears().entrySet()) {
                long[] shape = linear.getValue();
                add(writer, prefix + linear.getKey(), linear(linear.getKey(), shape, dice), shape);
            }
            add(writer, prefix + "input_layernorm", ones(), hidden);
            add(writer, prefix + "post_attention_layernorm", ones(), hidden);
        }
        add(writer, "model.norm", ones(), hidden);
        return writer;
    }

    private float[] linear(String name, long[] shape, Dice dice) {
        if (copies && name.matches(".*(v_proj|o_proj)")) {
            float[] values = new float[(int) (shape[0] * shape[1])];
            for (int i = 0; i < shape[0]; i++) {
                values[(int) (i * shape[1] + i)] = (float) HANDED_ON;
            }
            return values;
        }
        boolean residual = name.matches(".*(o_proj|down_proj)");
        double spread = residual ? SPREAD / Math.sqrt(2.0 * layers) : SPREAD;
        return normal((int) (shape[0] * shape[1]), spread, dice);
    }

    /** Adds a weight in bf16, as the trained model's will be: two bytes per parameter are enough to keep in the repository. */
    private static void add(SafetensorsWriter writer, String module, float[] values, long... shape) {
        writer.add(module + ".weight", StoredDtype.BF16, shape, sink -> sink.floats(values));
    }

    private Map<String, long[]> linears() {
        int keyValue = HEAD * keyValueHeads;
        int inner = 3 * hidden;
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("self_attn.q_proj", new long[] {hidden, hidden});
        shapes.put("self_attn.k_proj", new long[] {keyValue, hidden});
        shapes.put("self_attn.v_proj", new long[] {keyValue, hidden});
        shapes.put("self_attn.o_proj", new long[] {hidden, hidden});
        shapes.put("mlp.gate_proj", new long[] {inner, hidden});
        shapes.put("mlp.up_proj", new long[] {inner, hidden});
        shapes.put("mlp.down_proj", new long[] {hidden, inner});
        return shapes;
    }

    private static float[] normal(int count, double spread, Dice dice) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (spread * dice.normal());
        }
        return values;
    }

    private float[] ones() {
        float[] values = new float[hidden];
        Arrays.fill(values, 1);
        return values;
    }

    private Map<String, Object> configuration(int vocabulary) {
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("architectures", List.of("LlamaForCausalLM"));
        configuration.put("model_type", "llama");
        configuration.put("vocab_size", vocabulary);
        configuration.put("hidden_size", hidden);
        configuration.put("intermediate_size", 3 * hidden);
        configuration.put("num_hidden_layers", layers);
        configuration.put("num_attention_heads", hidden / HEAD);
        configuration.put("num_key_value_heads", keyValueHeads);
        configuration.put("head_dim", HEAD);
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
