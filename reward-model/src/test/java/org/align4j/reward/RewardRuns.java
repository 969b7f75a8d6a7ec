package org.align4j.reward;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;

/** Runs of {@code align reward} in this process on the traces' tiny model. */
public final class RewardRuns {
    private static final Path TRACES = Path.of("src", "test", "resources", "reference", "traces");
    static final Path MODEL = TRACES.resolve("models").resolve("reward-a");
    static final Path PAIRS = TRACES.resolve("reward_lora_margin_center").resolve("data.jsonl");

    private RewardRuns() {}

    /** The words of a small run with LoRA; {@code more} are further options or other values for these. */
    public static List<String> reward(Path out, String... more) {
        String[] usual = {
            "--model", MODEL.toString(),
            "--data", PAIRS.toString(),
            "--out", out.toString(),
            "--dtype", "fp32",
            "--device", "cpu",
            "--max-length", "64",
            "--batch-size", "4",
            "--lora-rank", "4",
            "--learning-rate", "2e-3"
        };
        return AlignRuns.words("reward", usual, more);
    }
}
