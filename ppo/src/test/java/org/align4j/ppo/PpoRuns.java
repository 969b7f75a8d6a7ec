package org.align4j.ppo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.cli.train.AlignRuns;

/** Small runs of {@code align ppo} in one folder: a tiny model that has words, twelve prompts, a reward. */
public final class PpoRuns {
    private final Path folder;
    private final Path model;
    private final Path prompts;

    /** @param folder where all of it lies */
    public PpoRuns(Path folder) throws IOException {
        this.folder = folder;
        this.model = TinyTalker.write(folder.resolve("model"));
        this.prompts = folder.resolve("prompts.jsonl");
        Files.write(
                prompts,
                IntStream.range(0, 12)
                        .mapToObj(i -> "{\"prompt\": \"" + "abcdefghijkl".substring(0, i % 6 + 1) + i + "\"}")
                        .toList());
    }

    /** Writes the tiny model that has words into a new folder. */
    public static Path talker(Path folder) throws IOException {
        return TinyTalker.write(folder);
    }

    Path model() {
        return model;
    }

    Path prompts() {
        return prompts;
    }

    /** Where a run of that name lies. */
    Path at(String name) {
        return folder.resolve(name);
    }

    /** The words of a run; {@code more} are further options or other values for these. */
    public List<String> words(String name, String... more) {
        String[] usual = {
            "--model", model.toString(),
            "--data", prompts.toString(),
            "--out", at(name).toString(),
            "--reward", Vowels.class.getName(),
            "--dtype", "fp32",
            "--device", "cpu",
            "--lora-rank", "4",
            "--learning-rate", "5e-3",
            "--schedule", "constant",
            "--rollouts-per-step", "8",
            "--max-new-tokens", "6",
            "--samples", "0",
            "--report", "false"
        };
        return AlignRuns.words("ppo", usual, more);
    }
}
