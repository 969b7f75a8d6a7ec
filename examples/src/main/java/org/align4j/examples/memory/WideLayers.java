package org.align4j.examples.memory;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.align4j.core.cli.Terminal;
import org.align4j.core.family.Families;
import org.align4j.core.model.Parameter;
import org.align4j.core.weights.Dtype;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.TensorSink;
import org.align4j.examples.Example;

/**
 * {@code align example wide-layers --out DIR}: models of one, two and three layers with the widths of Llama-3.1-8B and random
 * weights in bf16 (10 GB in all), and one preference pair of 2,048 tokens. What one more layer takes says what all 32 take.
 */
public final class WideLayers implements Example {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_LAYERS = 3;
    private static final int PIECE = 1 << 20;
    private static final int PROMPT_TOKENS = 1024;
    private static final int RESPONSE_TOKENS = 512;
    private static final int VOCABULARY = 128_256;
    private static final float DEVIATION = 0.02f;

    @Override
    public String name() {
        return "wide-layers";
    }

    @Override
    public String summary() {
        return "writes random models of 1, 2 and 3 layers with Llama-3.1-8B's widths (10 GB) and a pair of 2,048 tokens.";
    }

    @Override
    public void run(Path out, Terminal terminal) throws IOException {
        for (int layers = 1; layers <= MOST_LAYERS; layers++) {
            Path model = Files.createDirectories(out.resolve("layers-" + layers));
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(model.resolve("config.json").toFile(), config(layers));
            write(model);
            terminal.log("Wrote " + model + ".");
        }
        Files.writeString(out.resolve("pair.jsonl"), JSON.writeValueAsString(pair()) + "\n");
        terminal.print("Wrote models and pair.jsonl to " + out + ".");
        terminal.result(Map.of("out", out.toString()));
    }

    private static ObjectNode config(int layers) {
        ObjectNode config = JSON.createObjectNode();
        config.putArray("architectures").add("LlamaForCausalLM");
        config.put("model_type", "llama");
        config.put("hidden_act", "silu");
        config.put("hidden_size", 4096);
        config.put("intermediate_size", 14_336);
        config.put("num_hidden_layers", layers);
        config.put("num_attention_heads", 32);
        config.put("num_key_value_heads", 8);
        config.put("max_position_embeddings", 131_072);
        config.put("rms_norm_eps", 1e-5);
        config.put("rope_theta", 500_000.0);
        config.put("tie_word_embeddings", false);
        config.put("torch_dtype", "bfloat16");
        config.put("vocab_size", VOCABULARY);
        return config;
    }

    private static void write(Path model) {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (Parameter parameter : Families.decoder(model).parameters()) {
            writer.add(parameter.name(), Dtype.BF16, parameter.shape(), sink -> fill(parameter, sink));
        }
        writer.write(model.resolve("model.safetensors"));
    }

    /** Norms of one; all else uniform with the deviation that Llama starts with. */
    private static void fill(Parameter parameter, TensorSink sink) throws IOException {
        SplittableRandom random = new SplittableRandom(parameter.name().hashCode());
        float width = (float) (2 * Math.sqrt(3) * DEVIATION);
        float[] piece = new float[PIECE];
        for (long left = parameter.elements(); left > 0; left -= piece.length) {
            if (left < piece.length) {
                piece = new float[(int) left];
            }
            for (int i = 0; i < piece.length; i++) {
                boolean norm = parameter.kind() == Parameter.Kind.NORM;
                piece[i] = norm ? 1 : (random.nextInt() * 0x1p-32f) * width;
            }
            sink.floats(piece);
        }
    }

    private static ObjectNode pair() {
        SplittableRandom random = new SplittableRandom(5);
        ObjectNode pair = JSON.createObjectNode();
        pair.set("prompt_ids", JSON.valueToTree(tokens(random, PROMPT_TOKENS)));
        pair.set("chosen_ids", JSON.valueToTree(tokens(random, RESPONSE_TOKENS)));
        pair.set("rejected_ids", JSON.valueToTree(tokens(random, RESPONSE_TOKENS)));
        return pair;
    }

    private static int[] tokens(SplittableRandom random, int count) {
        return IntStream.range(0, count).map(i -> random.nextInt(VOCABULARY)).toArray();
    }
}
