package org.align4j.core.task;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.eval.PairedDifference;
import org.align4j.core.eval.SignTest;
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
        described.values().removeIf(Objects::isNull);
        return described;
    }

    /**
     * Compares two evaluations of the same items by one measure.
     *
     * @param task the task's name
     * @param measure what is compared, such as {@code acc}
     * @param items that both evaluations have
     * @param before the mean of the earlier evaluation over them
     * @param after the mean of this one
     * @param difference after less before, with an interval over prompts
     * @param signs items of which this evaluation is higher or lower
     */
    public record TaskDifference(
            String task,
            String measure,
            int items,
            double before,
            double after,
            PairedDifference difference,
            SignTest signs) {

        /**
         * Compares items by one measure.
         *
         * @param before items of the earlier evaluation
         * @param after those of this one; the same numbers in the same order
         */
        static TaskDifference of(String task, String measure, List<TaskItem> before, List<TaskItem> after) {
            WeightedItems earlier = WeightedItems.of(measure, before);
            WeightedItems later = WeightedItems.of(measure, after);
            return new TaskDifference(
                    task,
                    measure,
                    after.size(),
                    ItemMeans.mean(earlier.values()),
                    ItemMeans.mean(later.values()),
                    isShare(measure)
                            ? PairedDifference.ofShares(earlier.values(), later.values(), later.clusters())
                            : PairedDifference.of(earlier.values(), later.values(), later.clusters()),
                    SignTest.of(ItemMeans.values(measure, before), ItemMeans.values(measure, after)));
        }

        /** Returns whether the measure counts items that are right; perplexity's is a mean of nats. */
        public boolean isShare() {
            return isShare(measure);
        }

        private static boolean isShare(String measure) {
            return measure.contains("acc");
        }

        /** Returns the difference as eval.json has it. */
        public Map<String, Object> document() {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("items", items);
            document.put("before", before);
            document.put("after", after);
            document.put("difference", difference.mean());
            document.put("interval", difference.interval().bounds());
            document.put("higher", signs.higher());
            document.put("lower", signs.lower());
            document.put("p_value", signs.pValue());
            return document;
        }

        /**
         * The values of items as a mean over clusters takes them: one per token where an item is a window of text, so that a long one weighs more.
         *
         * @param values {@code [rows]} of one measure
         * @param clusters {@code [rows]} equal for what is no independent evidence
         */
        @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
        record WeightedItems(double[] values, int[] clusters) {
            /** Takes the items that have the measure. */
            public static WeightedItems of(String measure, List<TaskItem> items) {
                List<TaskItem> measured = items.stream()
                        .filter(item -> item.values().containsKey(measure))
                        .toList();
                int rows = measured.stream().mapToInt(TaskItem::weight).sum();
                double[] values = new double[rows];
                int[] clusters = new int[rows];
                int at = 0;
                for (TaskItem item : measured) {
                    for (int i = 0; i < item.weight(); i++) {
                        values[at] = item.values().getOrDefault(measure, Double.NaN);
                        clusters[at++] = item.cluster();
                    }
                }
                return new WeightedItems(values, clusters);
            }
        }
    }

    /**
     * Holds what a model made of a task.
     *
     * @param task the task, with the items that were asked alone
     * @param figures over all items, by name, in the order of eval.json: numbers, intervals as two numbers
     * @param items each item that was asked, in order
     * @param dropped items that don't fit the model
     */
    public record TaskResult(TaskFile task, Map<String, Object> figures, List<TaskItem> items, int dropped) {
        /** The figure of a text's tokens that have no log-probability, in eval.json. */
        public static final String UNSCORED = "unscored_tokens";

        /** Copies map and list. */
        public TaskResult {
            figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
            items = List.copyOf(items);
        }

        /** Returns how many tokens of its texts are in no figure; 0 for other kinds of task. */
        public long unscored() {
            return figures.get(UNSCORED) instanceof Long tokens ? tokens : 0;
        }

        /** Returns the task's name. */
        public String name() {
            return task.name();
        }

        /** Returns the name of the measure that says most: {@code acc}, for IFEval {@code prompt_level_strict_acc}, else perplexity. */
        public String headline() {
            return switch (task.kind()) {
                case MULTIPLE_CHOICE, EXACT_ANSWER -> "acc";
                case IFEVAL -> "prompt_level_strict_acc";
                case PERPLEXITY -> "perplexity";
            };
        }
    }
}
