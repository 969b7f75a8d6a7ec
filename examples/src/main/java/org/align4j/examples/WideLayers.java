package org.align4j.examples;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.align4j.core.family.Families;
import org.align4j.core.model.Parameter;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.SafetensorsWriter.TensorSink;
import org.align4j.core.weights.StoredDtype;

/**
 * {@code align example wide-layers --out DIR}: models with the widths of Llama-3.1-8B (1, 2, 3 and 6 layers) and of SmolLM2-135M (1, 2,
 * 3 and all 30), random weights in bf16, 16 GB in all, and one preference pair of 2,048 tokens. What one more layer takes says what all
 * of them take.
 */
public final class WideLayers implements Example {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int VOCABULARY = 49_152;
    private static final List<Widths> MODELS = List.of(
            new Widths("llama-8b", 4096, 14_336, 32, 8, 128_256, false, List.of(1, 2, 3, 6)),
            new Widths("smollm2-135m", 576, 1536, 9, 3, VOCABULARY, true, List.of(1, 2, 3, 30)));
    private static final int PIECE = 1 << 20;
    private static final int PROMPT_TOKENS = 1024;
    private static final int RESPONSE_TOKENS = 512;
    private static final float DEVIATION = 0.02f;

    /** Holds the widths of one architecture and its numbers of layers. */
    private record Widths(
            String name,
            int hidden,
            int intermediate,
            int heads,
            int keyValueHeads,
            int vocabulary,
            boolean tied,
            List<Integer> depths) {
        ObjectNode config(int layers) {
            ObjectNode config = JSON.createObjectNode();
            config.putArray("architectures").add("LlamaForCausalLM");
            config.put("model_type", "llama");
            config.put("hidden_act", "silu");
            config.put("hidden_size", hidden);
            config.put("intermediate_size", intermediate);
            config.put("num_hidden_layers", layers);
            config.put("num_attention_heads", heads);
            config.put("num_key_value_heads", keyValueHeads);
            config.put("max_position_embeddings", 8192);
            config.put("rms_norm_eps", 1e-5);
            config.put("rope_theta", 500_000.0);
            config.put("tie_word_embeddings", tied);
            config.put("torch_dtype", "bfloat16");
            config.put("vocab_size", vocabulary);
            return config;
        }
    }

    @Override
    public String name() {
        return "wide-layers";
    }

    @Override
    public String summary() {
        return "writes random models of few layers with the widths of Llama-3.1-8B and SmolLM2 (16 GB) and a pair of 2,048 tokens.";
    }

    @Override
    public void run(Path out, Terminal terminal) throws IOException {
        for (Widths widths : MODELS) {
            for (int layers : widths.depths()) {
                Path model = Files.createDirectories(out.resolve(widths.name() + "-" + layers));
                JSON.writerWithDefaultPrettyPrinter()
                        .writeValue(model.resolve("config.json").toFile(), widths.config(layers));
                write(model);
                terminal.log("Wrote " + model + ".");
            }
        }
        Files.writeString(out.resolve("pair.jsonl"), JSON.writeValueAsString(pair()) + "\n");
        terminal.print("Wrote models and pair.jsonl to " + out + ".");
        terminal.result(Map.of("out", out.toString()));
    }

    private static void write(Path model) {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (Parameter parameter : Families.decoder(model).parameters()) {
            writer.add(parameter.name(), StoredDtype.BF16, parameter.shape(), sink -> fill(parameter, sink));
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
                boolean norm = parameter.role() == Parameter.Role.NORM;
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
