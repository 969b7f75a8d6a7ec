package org.align4j.examples.folders;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;

/**
 * Every kind of folder that Align4J writes, made from one base: short runs, and what they and {@code align merge} leave. Training moves
 * weights by multiples of gradients, not of their signs (a large Adam epsilon), so that every machine comes to nearly the same values.
 */
final class WrittenFolders {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What a folder holds, and the class of transformers that reads it. */
    enum Kind {
        FULL("model", Task.LANGUAGE, List.of("sft", "--method", "full")),
        DPO_FULL("model", Task.LANGUAGE, List.of("dpo", "--method", "full")),
        ADAPTER("adapter", Task.LANGUAGE, List.of("dpo")),
        MERGED("merged", Task.LANGUAGE, List.of("sft")),
        QUANTISED_MERGED("merged", Task.LANGUAGE, List.of("sft", "--method", "qlora")),
        REWARD("model", Task.SEQUENCE, List.of("reward")),
        REWARD_ADAPTER("adapter", Task.SEQUENCE, List.of("reward")),
        REWARD_MERGED("merged", Task.SEQUENCE, List.of("reward")),
        REWARD_FULL("model", Task.SEQUENCE, List.of("reward", "--method", "full")),
        STEPS("model", Task.TOKEN, List.of("reward")),
        STEPS_ADAPTER("adapter", Task.TOKEN, List.of("reward")),
        STEPS_FULL("model", Task.TOKEN, List.of("reward", "--method", "full"));

        private final String part;
        private final Task task;
        private final List<String> command;

        Kind(String part, Task task, List<String> command) {
            this.part = part;
            this.task = task;
            this.command = command;
        }

        Task task() {
            return task;
        }

        boolean isAdapter() {
            return part.equals("adapter");
        }

        boolean isMerged() {
            return part.equals("merged");
        }
    }

    /** What figures a model gives, the rows that they are of, and the rows that it is trained on. */
    enum Task {
        LANGUAGE(
                "logprobs",
                List.of("{\"prompt_ids\": [11], \"completion_ids\": [90, 42, 7, 133, 61, 24, 118, 9, 77, 150, 33]}"),
                "{\"prompt_ids\": [%d, 8], \"chosen_ids\": [%d, 21, 140], \"rejected_ids\": [%d, 5]}"),
        SEQUENCE(
                "score",
                List.of(
                        "{\"prompt_ids\": [11, 90], \"completion_ids\": [42, 7, 133, 61, 24]}",
                        "{\"prompt_ids\": [11, 90], \"completion_ids\": [118, 9, 77]}",
                        "{\"prompt_ids\": [150], \"completion_ids\": [33]}"),
                "{\"prompt_ids\": [%d, 8], \"chosen_ids\": [%d, 21, 140], \"rejected_ids\": [%d, 5]}"),
        TOKEN(
                "score",
                List.of("{\"prompt_ids\": [11, 90], \"completions_ids\": [[42, 7], [133, 61, 24], [118]], \"labels\":"
                        + " [true, true, false]}"),
                "{\"prompt_ids\": [%d, 8], \"completions_ids\": [[%d, 21], [140, %d]], \"labels\": [true, false]}");

        private final String command;
        private final List<String> judged;
        private final String trained;

        Task(String command, List<String> judged, String trained) {
            this.command = command;
            this.judged = judged;
            this.trained = trained;
        }

        List<String> judged() {
            return judged;
        }
    }

    private final Path base;
    private final Path work;
    private final Map<List<String>, Path> runs = new LinkedHashMap<>();

    /**
     * Makes folders from one base.
     *
     * @param work where all goes; made if it isn't there
     */
    WrittenFolders(Path base, Path work) throws IOException {
        this.base = base.toAbsolutePath().normalize();
        this.work = Files.createDirectories(work);
    }

    /** The folder of a kind, written when it is first asked for. */
    Path folder(Kind kind) throws IOException {
        Path run = run(kind);
        if (!kind.isMerged()) {
            return run.resolve(kind.part);
        }
        Path merged = run.resolveSibling(run.getFileName() + "-merged");
        if (Files.notExists(merged)) {
            AlignRuns.align(List.of("merge", "--model", run.toString(), "--out", merged.toString()));
        }
        return merged;
    }

    private Path run(Kind kind) throws IOException {
        List<String> key = new ArrayList<>(kind.command);
        key.add(kind.task.name());
        Path known = runs.get(key);
        if (known != null) {
            return known;
        }
        Path run = work.resolve(String.join("", key).replace("--method", "-").toLowerCase(Locale.ROOT));
        List<String> words = new ArrayList<>(kind.command);
        words.addAll(List.of("--model", base.toString(), "--out", run.toString(), "--report", "false"));
        words.addAll(List.of("--data", rows(kind).toString(), "--device", "cpu", "--dtype", "fp32"));
        words.addAll(List.of("--max-length", "48", "--batch-size", "4", "--max-steps", "3", "--schedule", "constant"));
        words.addAll(List.of("--adam-epsilon", "1", "--learning-rate", "0.1", "--recompute", "true"));
        AlignRuns.align(words);
        runs.put(key, run);
        return run;
    }

    private Path rows(Kind kind) throws IOException {
        String form = kind.command.get(0).equals("sft")
                ? "{\"prompt_ids\": [%d, 8], \"completion_ids\": [%d, 21, 140, %d]}"
                : kind.task.trained;
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            lines.add(format(form, 3 + 11 * i, 5 + 13 * i, 9 + 17 * i));
        }
        return Files.write(work.resolve(kind + ".jsonl"), lines);
    }

    /**
     * Align4J's own figures of a folder: log-probabilities of the tokens after the first, raw scores, or probabilities that steps are
     * right.
     */
    List<Double> figures(Kind kind) throws IOException {
        Path folder = folder(kind);
        Path rows = Files.write(work.resolve("judged.jsonl"), kind.task.judged);
        Path out = work.resolve("figures.jsonl");
        Files.deleteIfExists(out);
        List<String> words = new ArrayList<>(List.of(kind.task.command, "--data", rows.toString()));
        words.addAll(List.of("--out", out.toString(), "--device", "cpu", "--dtype", "fp32"));
        words.addAll(List.of("--model", (kind.isAdapter() ? base : folder).toString()));
        if (kind.isAdapter()) {
            words.addAll(List.of("--adapter", folder.toString()));
        }
        if (kind.task == Task.LANGUAGE) {
            words.addAll(List.of("--per-token", "true"));
        } else if (kind.task == Task.SEQUENCE) {
            words.addAll(List.of("--raw", "true"));
        }
        AlignRuns.align(words);
        List<Double> figures = new ArrayList<>();
        for (String line : Files.readAllLines(out)) {
            numbers(JSON.readTree(line), kind.task).forEach(figures::add);
        }
        return figures;
    }

    private static Stream<Double> numbers(JsonNode line, Task task) {
        JsonNode found = line.get(
                switch (task) {
                    case LANGUAGE -> "completion_token_log_probs";
                    case SEQUENCE -> "completion";
                    case TOKEN -> "completion_steps";
                });
        if (found.isNumber()) {
            return Stream.of(found.asDouble());
        }
        List<Double> values = new ArrayList<>();
        found.forEach(value -> values.add(value.asDouble()));
        return values.stream();
    }
}
