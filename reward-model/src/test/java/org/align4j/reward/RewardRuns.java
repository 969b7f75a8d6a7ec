package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.Terminal;

/** Runs of {@code align reward} in this process on the traces' tiny model, and what they leave. */
public final class RewardRuns {
    private static final Path TRACES = Path.of("src", "test", "resources", "reference", "traces");
    static final Path MODEL = TRACES.resolve("models").resolve("reward-a");
    static final Path PAIRS = TRACES.resolve("reward_lora_margin_center").resolve("data.jsonl");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> TIMES = List.of("seconds", "tokens_per_second", "peak_memory_bytes");

    private RewardRuns() {}

    /** The words of a small run with LoRA; {@code more} are further options or other values for these. */
    public static List<String> reward(Path out, String... more) {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("--model", MODEL.toString());
        options.put("--data", PAIRS.toString());
        options.put("--out", out.toString());
        options.put("--dtype", "fp32");
        options.put("--device", "cpu");
        options.put("--max-length", "64");
        options.put("--batch-size", "4");
        options.put("--lora-rank", "4");
        options.put("--learning-rate", "2e-3");
        for (int i = 0; i < more.length; i += 2) {
            options.put(more[i], more[i + 1]);
        }
        List<String> words = new ArrayList<>(List.of("reward"));
        options.forEach((name, value) -> words.addAll(List.of(name, value)));
        return words;
    }

    /** Runs a command that must succeed; what it logged. */
    public static String align(List<String> words) {
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, words.toArray(String[]::new));
        assertThat(code).as(terminal.captureLog()).isZero();
        return terminal.captureLog();
    }

    /** The lines of metrics.jsonl without what differs from run to run. */
    public static List<JsonNode> metrics(Path run) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            lines.add(((ObjectNode) JSON.readTree(line)).without(TIMES));
        }
        return lines;
    }

    public static JsonNode json(Path file) throws IOException {
        return JSON.readTree(file.toFile());
    }
}
