package org.align4j.dpo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.train.command.AlignRuns;
import org.align4j.core.weights.SafetensorsFile;

/** Runs of {@code align} in this process on the traces' tiny models, and what they leave. */
final class DpoRuns {
    static final Path TRACES = Path.of("src", "test", "resources", "reference", "traces");
    static final Path MODEL = TRACES.resolve("models").resolve("llama-a");
    static final Path PAIRS = TRACES.resolve("dpo_sigmoid_lora_b4").resolve("data.jsonl");
    /** No family's tiny model has fewer tokens. */
    private static final int VOCABULARY = 170;

    private DpoRuns() {}

    /** The words of a small DPO run with LoRA; {@code more} are further options or other values for these. */
    static List<String> dpo(Path out, String... more) {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("--model", MODEL.toString());
        options.put("--data", PAIRS.toString());
        options.put("--out", out.toString());
        options.put("--dtype", "fp32");
        options.put("--device", "cpu");
        options.put("--max-length", "64");
        options.put("--batch-size", "8");
        options.put("--lora-rank", "4");
        options.put("--learning-rate", "2e-3");
        options.put("--report", "false");
        for (int i = 0; i < more.length; i += 2) {
            options.put(more[i], more[i + 1]);
        }
        List<String> words = new ArrayList<>(List.of("dpo"));
        options.forEach((name, value) -> words.addAll(List.of(name, value)));
        return words;
    }

    /** A folder of the tiny models of the families. */
    static Path family(String model) {
        return Path.of("..", "alignment-core", "src", "test", "resources", "reference", "families", model);
    }

    /** Runs a DPO of a family's tiny model on random pairs of several lengths; {@code more} are further options. */
    static Path family(Path folder, String name, String model, String dtype, String... more) throws IOException {
        Path out = folder.resolve(name);
        Path pairs = Files.write(folder.resolve("pairs.jsonl"), randomPairs());
        Stream<String> common = Stream.of(
                "--model",
                family(model).toString(),
                "--data",
                pairs.toString(),
                "--dtype",
                dtype,
                "--schedule",
                "constant");
        align(dpo(out, Stream.concat(common, Arrays.stream(more)).toArray(String[]::new)));
        return out;
    }

    private static List<String> randomPairs() {
        Random random = new Random(4);
        return IntStream.range(0, 24)
                .mapToObj(i -> "{\"prompt_ids\": " + ids(random, 2 + i % 7) + ", \"chosen_ids\": "
                        + ids(random, 1 + i % 9) + ", \"rejected_ids\": " + ids(random, 1 + i % 5) + "}")
                .toList();
    }

    private static String ids(Random random, int count) {
        return Arrays.toString(random.ints(count, 3, VOCABULARY).toArray());
    }

    /** Runs a command that must succeed; what it logged. */
    static String align(List<String> words) {
        return AlignRuns.align(words);
    }

    /** The lines of metrics.jsonl without what differs from run to run. */
    static List<JsonNode> metrics(Path run) throws IOException {
        return AlignRuns.metrics(run);
    }

    /** The lines of metrics.jsonl that are steps. */
    static List<JsonNode> steps(Path run) throws IOException {
        return AlignRuns.steps(run);
    }

    static JsonNode json(Path file) throws IOException {
        return AlignRuns.json(file);
    }

    /** The values that a run trained: an adapter, or a whole model. */
    static SafetensorsFile product(Path run) {
        return AlignRuns.product(run);
    }
}
