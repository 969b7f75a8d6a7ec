package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.error.RootFormat;
import org.align4j.core.kernel.MeasuredProcess;
import org.align4j.core.machine.DeviceUnderTest;
import org.align4j.core.machine.OnGpu;
import org.align4j.core.weights.SafetensorsWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory that a step takes on a GPU, in a process of its own, beside its forecast. */
@OnGpu
class PeakGpuTest {
    /** 63 million parameters on a GPU, 2 million in a rehearsal. */
    private static final int HIDDEN = DeviceUnderTest.isRehearsal() ? 128 : 1024;

    private static final int INNER = 3 * HIDDEN;
    private static final int VOCABULARY = 8192;
    private static final String CONFIG = """
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 8192, "hidden_size": %d,
             "intermediate_size": %d, "num_hidden_layers": 4, "num_attention_heads": 8, "num_key_value_heads": 8,
             "max_position_embeddings": 1024, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "hidden_act": "silu",
             "tie_word_embeddings": true, "bos_token_id": 0, "eos_token_id": 1, "torch_dtype": "float32"}
            """;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @Test
    void thePeakIsAsForecast() throws Exception {
        model();
        pairs();
        double forecast = bench("--plan").at("/forecast/peak_bytes").asDouble();
        double peak = bench().get("peak_memory_bytes").asDouble();
        assertThat(peak / forecast).as("%s of %s bytes", peak, forecast).isBetween(0.6, 1.3);
    }

    /** The forecast counts what the process has already: it is made in a new one, too. */
    private JsonNode bench(String... more) throws Exception {
        String[] usual = {
            "bench",
            "--model",
            folder.toString(),
            "--data",
            folder.resolve("pairs.jsonl").toString(),
            "--format",
            "tokens",
            "--device",
            DeviceUnderTest.option(),
            "--dtype",
            "fp32",
            "--threads",
            "1",
            "--max-length",
            "1024",
            "--batch-size",
            "4",
            "--steps",
            "1",
            "--answer-tokens",
            "0",
            "--recompute",
            "false",
            "--json"
        };
        List<String> lines = MeasuredProcess.lines(folder, Align.class, AlignRuns.concat(usual, more));
        return JSON.readTree(String.join("\n", lines));
    }

    private void pairs() throws IOException {
        Random random = new Random(4);
        Files.write(
                folder.resolve("pairs.jsonl"),
                IntStream.range(0, 8)
                        .mapToObj(i -> "{\"prompt_ids\": " + ids(random, 200) + ", \"chosen_ids\": " + ids(random, 100)
                                + ", \"rejected_ids\": " + ids(random, 100) + "}")
                        .toList());
    }

    private static String ids(Random random, int count) {
        return Arrays.toString(random.ints(count, 3, VOCABULARY).toArray());
    }

    private void model() throws IOException {
        Files.writeString(folder.resolve("config.json"), RootFormat.format(CONFIG, HIDDEN, INNER));
        SafetensorsWriter weights = new SafetensorsWriter();
        add(weights, "model.embed_tokens", VOCABULARY, HIDDEN);
        for (int layer = 0; layer < 4; layer++) {
            String name = "model.layers." + layer + ".";
            add(weights, name + "input_layernorm", HIDDEN);
            for (String product : List.of("q_proj", "k_proj", "v_proj", "o_proj")) {
                add(weights, name + "self_attn." + product, HIDDEN, HIDDEN);
            }
            add(weights, name + "post_attention_layernorm", HIDDEN);
            add(weights, name + "mlp.gate_proj", INNER, HIDDEN);
            add(weights, name + "mlp.up_proj", INNER, HIDDEN);
            add(weights, name + "mlp.down_proj", HIDDEN, INNER);
        }
        add(weights, "model.norm", HIDDEN);
        weights.write(folder.resolve("model.safetensors"));
    }

    /** Ones for a norm, small random numbers for a matrix. */
    private static void add(SafetensorsWriter weights, String name, long... shape) {
        float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
        Random random = new Random(name.hashCode());
        for (int i = 0; i < values.length; i++) {
            values[i] = shape.length == 1 ? 1 : (float) (0.02 * random.nextGaussian());
        }
        weights.add(name + ".weight", values, shape);
    }
}
