package org.align4j.ppo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Small runs of {@code align ppo} in one folder: a tiny model that has words, twelve prompts, a reward. */
final class PpoRuns {
    private final Path folder;
    private final Path model;
    private final Path prompts;

    PpoRuns(Path folder) throws IOException {
        this.folder = folder;
        this.model = TinyTalker.write(folder.resolve("model"));
        this.prompts = folder.resolve("prompts.jsonl");
        Files.write(
                prompts,
                IntStream.range(0, 12)
                        .mapToObj(i -> "{\"prompt\": \"" + "abcdefghijkl".substring(0, i % 6 + 1) + i + "\"}")
                        .toList());
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
    List<String> words(String name, String... more) {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("--model", model.toString());
        options.put("--data", prompts.toString());
        options.put("--out", at(name).toString());
        options.put("--reward", Vowels.class.getName());
        options.put("--dtype", "fp32");
        options.put("--device", "cpu");
        options.put("--lora-rank", "4");
        options.put("--learning-rate", "5e-3");
        options.put("--schedule", "constant");
        options.put("--rollouts-per-step", "8");
        options.put("--max-new-tokens", "6");
        options.put("--samples", "0");
        options.put("--report", "false");
        for (int i = 0; i < more.length; i += 2) {
            options.put(more[i], more[i + 1]);
        }
        List<String> words = new ArrayList<>(List.of("ppo"));
        options.forEach((option, value) -> words.addAll(List.of(option, value)));
        return words;
    }
}
