package org.align4j.core.task;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.weights.FileHash;
import org.jspecify.annotations.Nullable;

/**
 * An evaluation as a document: what {@code eval.json} holds.
 *
 * @param about what was evaluated: {@code model}, {@code adapter} and whatever else the caller knows
 * @param settings how the model was asked
 * @param results of each task, in their order
 * @param differences from an earlier evaluation; empty where there is none
 */
public record TaskReport(
        Map<String, Object> about, TaskSettings settings, List<TaskResult> results, List<TaskDifference> differences) {
    /** The version of lm-evaluation-harness whose rules multiple choice keeps to. */
    public static final String HARNESS = "0.4.13";

    /** Copies what it is given. */
    public TaskReport {
        about = Map.copyOf(about);
        results = List.copyOf(results);
        differences = List.copyOf(differences);
    }

    /** Returns the whole document. */
    public Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        List.of("model", "adapter").forEach(name -> putKnown(document, name));
        about.keySet().stream().sorted().forEach(name -> putKnown(document, name));
        document.put("settings", describe(settings));
        document.put("rules", Map.of("multiple-choice", "lm-evaluation-harness " + HARNESS));
        Map<String, Object> tasks = new LinkedHashMap<>();
        results.forEach(result -> tasks.put(result.name(), task(result)));
        document.put("tasks", tasks);
        if (!differences.isEmpty()) {
            document.put("differences", differencesByTask());
        }
        return document;
    }

    private void putKnown(Map<String, Object> document, String name) {
        Object value = about.get(name);
        if (value != null) {
            document.put(name, value);
        }
    }

    private static Map<String, Object> task(TaskResult result) {
        Map<String, Object> task = new LinkedHashMap<>(result.figures());
        task.put("file", result.task().file().toString());
        task.put("sha256", FileHash.sha256(result.task().file()));
        return task;
    }

    private Map<String, Object> differencesByTask() {
        Map<String, Map<String, Object>> byTask = new LinkedHashMap<>();
        for (TaskDifference difference : differences) {
            byTask.computeIfAbsent(difference.task(), unseen -> new LinkedHashMap<>())
                    .put(difference.measure(), difference.document());
        }
        return new LinkedHashMap<>(byTask);
    }

    /** Returns settings by the names that the command line has for them. */
    static Map<String, Object> describe(TaskSettings settings) {
        Map<String, @Nullable Object> described = new LinkedHashMap<>();
        described.put("few_shot", settings.fewShot());
        described.put(
                "few_shot_data",
                settings.examples() == null ? null : settings.examples().toString());
        described.put("apply_chat_template", settings.chatTemplate());
        described.put("seed", settings.seed());
        described.put("limit", settings.limit());
        described.put("max_new_tokens", settings.answers().maxNewTokens());
        described.put("temperature", settings.answers().temperature());
        described.put("stop", new ArrayList<>(settings.answers().stop()));
        described.put("answer_pattern", settings.answers().pattern());
        Map<String, Object> known = new LinkedHashMap<>();
        described.forEach((name, value) -> {
            if (value != null) {
                known.put(name, value);
            }
        });
        return known;
    }
}
