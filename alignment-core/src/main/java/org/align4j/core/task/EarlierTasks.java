package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.align4j.core.task.TaskReport.TaskDifference;
import org.align4j.core.task.TaskReport.TaskResult;
import org.align4j.core.weights.FileHash;
import org.jspecify.annotations.Nullable;

/** An earlier evaluation in the folder that it was written into, for paired differences. */
public final class EarlierTasks {

    private final Path folder;
    private final JsonNode document;

    private EarlierTasks(Path folder, JsonNode document) {
        this.folder = folder;
        this.document = document;
    }

    /**
     * Reads an evaluation's eval.json.
     *
     * @throws InputException where the folder has none
     */
    public static EarlierTasks read(Path folder) {
        Path file = folder.resolve(TaskFiles.DOCUMENT);
        try {
            return new EarlierTasks(folder, Json.read(file));
        } catch (IOException e) {
            throw new InputException(
                    format(
                            "against is %s, which has no readable %s; give the folder that an earlier align eval --out wrote.",
                            folder, TaskFiles.DOCUMENT),
                    e);
        }
    }

    /** Names the settings of an evaluation that differ from those of this one, each with both values. */
    public List<String> differingSettings(TaskSettings settings) {
        Map<String, Object> now = TaskReport.describe(settings);
        JsonNode then = document.path("settings");
        JsonNode mine = read(now);
        Set<String> names = new TreeSet<>(now.keySet());
        then.fieldNames().forEachRemaining(names::add);
        return names.stream()
                .filter(name -> !mine.path(name).equals(then.path(name)))
                .map(name -> format("%s was %s and is %s", name, then.path(name), mine.path(name)))
                .toList();
    }

    /** Returns settings as they are read from a file, where a whole number has one type only. */
    private static JsonNode read(Map<String, Object> settings) {
        try {
            return Json.read(Json.text(settings));
        } catch (IOException e) {
            throw new IllegalStateException("settings are no JSON", e);
        }
    }

    /**
     * Lists the tasks that the earlier evaluation doesn't have, so that they get no difference.
     *
     * @throws InputException where it has none of them
     */
    public List<String> missing(List<TaskFile> tasks) {
        List<String> missing = tasks.stream()
                .map(TaskFile::name)
                .filter(name -> document.path("tasks").path(name).isMissingNode())
                .toList();
        if (missing.size() == tasks.size()) {
            List<String> known = new ArrayList<>();
            document.path("tasks").fieldNames().forEachRemaining(known::add);
            throw new InputException(format(
                    "against is %s, which has %s but none of the tasks here (%s); evaluate the same tasks, or leave against out.",
                    folder, String.join(", ", known), String.join(", ", missing)));
        }
        return missing;
    }

    /**
     * Requires that a task's file is the one that was evaluated, where the earlier evaluation has the task.
     *
     * @throws InputException where the file has changed
     */
    public void requireSame(TaskFile task) {
        JsonNode known = document.path("tasks").path(task.name());
        if (!known.isMissingNode() && !known.path("sha256").asText().equals(FileHash.sha256(task.file()))) {
            throw new InputException(format(
                    "%s is not the file of %s that %s was made from, so that items can't be paired; evaluate both models on one file.",
                    task.file(), task.name(), folder));
        }
    }

    /** Compares a task by each of its measures; nothing where the earlier evaluation doesn't have the task or an item of it. */
    public List<TaskDifference> against(TaskResult result) {
        Map<Integer, TaskItem> earlier = items(result);
        List<TaskItem> after = result.items().stream()
                .filter(item -> earlier.containsKey(item.item()))
                .toList();
        List<TaskItem> before = new ArrayList<>();
        after.forEach(item -> before.add(earlier.get(item.item())));
        if (after.isEmpty()) {
            return List.of();
        }
        return after.get(0).values().keySet().stream()
                .map(measure -> TaskDifference.of(result.name(), measure, before, after))
                .toList();
    }

    /** Returns what the earlier evaluation made of a task's items, by their number; empty where it doesn't have the task. */
    public Map<Integer, TaskItem> items(TaskResult result) {
        if (document.path("tasks").path(result.name()).isMissingNode()) {
            return Map.of();
        }
        Map<Integer, TaskItem> clusters = new HashMap<>();
        result.items().forEach(item -> clusters.put(item.item(), item));
        Map<Integer, TaskItem> items = new HashMap<>();
        Path file = folder.resolve(TaskFiles.itemsOf(result.name()));
        ObjectFile.of(file).each((line, row, fields) -> {
            TaskItem own = fields.get("item") instanceof Integer number ? clusters.get(number) : null;
            if (own != null) {
                items.put(own.item(), of(own, fields, file + ":" + line));
            }
        });
        return items;
    }

    /** An item with the values of a line. */
    private static TaskItem of(TaskItem own, Map<String, @Nullable Object> fields, String place) {
        Map<String, Double> values = new LinkedHashMap<>();
        for (String measure : own.values().keySet()) {
            if (!(fields.get(measure) instanceof Number value)) {
                throw new InputException(format(
                        "%s: \"%s\" is missing or no number; the line is of another kind of task than %s.",
                        place, measure, own.values().keySet()));
            }
            values.put(measure, value.doubleValue());
        }
        return new TaskItem(own.item(), own.cluster(), values, own.weight(), Map.of());
    }
}
