package org.align4j.dpo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;

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
        String[] usual = {
            "--model", MODEL.toString(),
            "--data", PAIRS.toString(),
            "--out", out.toString(),
            "--dtype", "fp32",
            "--device", "cpu",
            "--max-length", "64",
            "--batch-size", "8",
            "--lora-rank", "4",
            "--learning-rate", "2e-3",
            "--report", "false"
        };
        return AlignRuns.words("dpo", usual, more);
    }

    /** A folder of the tiny models of the families. */
    static Path family(String model) {
        return Path.of("..", "alignment-core", "engine", "src", "test", "resources", "reference", "families", model);
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
        AlignRuns.align(dpo(out, Stream.concat(common, Arrays.stream(more)).toArray(String[]::new)));
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
}
