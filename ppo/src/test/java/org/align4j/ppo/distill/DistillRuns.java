package org.align4j.ppo.distill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.ppo.TinyTalker;

/** Small runs of {@code align distill} in one folder: a tiny model that has words, twelve prompts with hints, answers. */
final class DistillRuns {
    private final Path folder;
    private final Path model;
    private final Path prompts;
    private final Path answers;

    DistillRuns(Path folder) throws IOException {
        this.folder = folder;
        this.model = TinyTalker.write(folder.resolve("model"));
        this.prompts = folder.resolve("prompts.jsonl");
        this.answers = folder.resolve("answers.jsonl");
        Files.write(
                prompts,
                IntStream.range(0, 12)
                        .mapToObj(i -> "{\"prompt\": \"" + said(i) + "\", \"hint\": \"say " + i + "\"}")
                        .toList());
        Files.write(
                answers,
                IntStream.range(0, 5)
                        .mapToObj(i -> "{\"prompt\": \"" + said(i) + "\", \"completion\": \"abc" + i + "\"}")
                        .toList());
    }

    private static String said(int row) {
        return "abcdefghijkl".substring(0, row % 6 + 1) + row;
    }

    Path model() {
        return model;
    }

    Path prompts() {
        return prompts;
    }

    Path answers() {
        return answers;
    }

    /** Where a run of that name lies. */
    Path at(String name) {
        return folder.resolve(name);
    }

    /** A teacher: what a few steps on the answers made of the model. */
    Path teacher() {
        Path run = at("teacher");
        if (!Files.exists(run)) {
            String[] usual = {
                "--model", model.toString(),
                "--data", answers.toString(),
                "--out", run.toString(),
                "--dtype", "fp32",
                "--device", "cpu",
                "--lora-rank", "4",
                "--learning-rate", "2e-2",
                "--max-steps", "6",
                "--batch-size", "5",
                "--samples", "0",
                "--report", "false"
            };
            AlignRuns.align(AlignRuns.words("sft", usual));
        }
        return run;
    }

    /** The words of a run; {@code more} are further options or other values for these. */
    List<String> words(String name, String... more) {
        String[] usual = {
            "--model", model.toString(),
            "--teacher", teacher().toString(),
            "--prompts", prompts.toString(),
            "--out", at(name).toString(),
            "--dtype", "fp32",
            "--device", "cpu",
            "--lora-rank", "4",
            "--learning-rate", "1e-2",
            "--schedule", "constant",
            "--batch-size", "4",
            "--max-new-tokens", "6",
            "--samples", "0",
            "--report", "false"
        };
        return AlignRuns.words("distill", usual, more);
    }
}
