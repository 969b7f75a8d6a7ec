package org.align4j.ppo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.align4j.core.weights.SafetensorsWriter;

/** A random Llama of two layers with a tokenizer, 64 positions: small enough for runs of a second. */
public final class TinyTalker {
    static final int POSITIONS = 64;
    private static final int VOCABULARY = 296;
    private static final int HIDDEN = 32;
    private static final int KEYS = 16;
    private static final int INNER = 48;
    private static final String CONFIG = """
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 296, "hidden_size": 32,
             "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
             "max_position_embeddings": 64, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "hidden_act": "silu",
             "tie_word_embeddings": true, "bos_token_id": 0, "eos_token_id": 1, "torch_dtype": "float32"}
            """;

    private TinyTalker() {}

    /** Writes the model into a new folder. */
    public static Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), CONFIG);
        for (String file :
                List.of("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json")) {
            try (InputStream content = TinyTalker.class.getResourceAsStream("/text/tiny-chat/" + file)) {
                Files.write(folder.resolve(file), content.readAllBytes());
            }
        }
        Random random = new Random(5);
        SafetensorsWriter weights = new SafetensorsWriter();
        matrix(weights, random, "model.embed_tokens", VOCABULARY, HIDDEN);
        for (int layer = 0; layer < 2; layer++) {
            String name = "model.layers." + layer + ".";
            ones(weights, name + "input_layernorm");
            matrix(weights, random, name + "self_attn.q_proj", HIDDEN, HIDDEN);
            matrix(weights, random, name + "self_attn.k_proj", KEYS, HIDDEN);
            matrix(weights, random, name + "self_attn.v_proj", KEYS, HIDDEN);
            matrix(weights, random, name + "self_attn.o_proj", HIDDEN, HIDDEN);
            ones(weights, name + "post_attention_layernorm");
            matrix(weights, random, name + "mlp.gate_proj", INNER, HIDDEN);
            matrix(weights, random, name + "mlp.up_proj", INNER, HIDDEN);
            matrix(weights, random, name + "mlp.down_proj", HIDDEN, INNER);
        }
        ones(weights, "model.norm");
        weights.write(folder.resolve("model.safetensors"));
        return folder;
    }

    private static void matrix(SafetensorsWriter weights, Random random, String name, int outputs, int inputs) {
        float[] values = new float[outputs * inputs];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (0.2 * random.nextGaussian());
        }
        weights.add(name + ".weight", values, outputs, inputs);
    }

    private static void ones(SafetensorsWriter weights, String name) {
        float[] values = new float[HIDDEN];
        java.util.Arrays.fill(values, 1);
        weights.add(name + ".weight", values, HIDDEN);
    }
}
