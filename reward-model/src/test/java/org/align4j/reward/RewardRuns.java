package org.align4j.reward;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs of {@code align reward} in this process on the traces' tiny model. */
public final class RewardRuns {
    private static final Path TRACES = Path.of("src", "test", "resources", "reference", "traces");
    static final Path MODEL = TRACES.resolve("models").resolve("reward-a");
    static final Path PAIRS = TRACES.resolve("reward_lora_margin_center").resolve("data.jsonl");

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
}
