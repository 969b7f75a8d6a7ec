package org.align4j.core.data.encode;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.data.read.RowReader.FileSummary;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.jspecify.annotations.Nullable;

/**
 * The report on the rows of a data set: how many were read, used and left out, and why.
 *
 * @param kind what every row was to be
 * @param files what was read
 * @param read rows read, bad ones included
 * @param used rows used
 * @param dropped rows not used, by reason
 * @param truncated rows used but cut to max-length
 * @param notes what is to be reported of rows used, each with the rows of which it holds, in the order first met
 * @param prompts different prompts among the rows used
 * @param lengths token counts of the rows used by part: prompt, chosen, rejected, completion, text
 * @param chosenLonger share of the pairs used whose chosen answer has more tokens than the rejected one; null without
 *     pairs
 * @param desirable share of the labelled rows used that are desirable; null without labels
 * @param steps the labelled steps of the rows used; null without any
 */
public record RowReport(
        RowKind kind,
        List<FileSummary> files,
        int read,
        int used,
        Map<DropReason, Places> dropped,
        int truncated,
        Map<String, Places> notes,
        int prompts,
        Map<String, LengthStatistics> lengths,
        @Nullable Double chosenLonger,
        @Nullable Double desirable,
        @Nullable Steps steps) {
    /** Fewer rows than this teach next to nothing. */
    static final int FEW_ROWS = 50;

    private static final String UNWRAPPED = " are read as plain strings though the model has a chat template";

    /**
     * Rows about which one thing is to be reported.
     *
     * @param count how many
     * @param first the first ones: file and line; of bad rows a sentence for each reason
     */
    public record Places(int count, List<String> first) {
        static final Places NONE = new Places(0, List.of());

        private static final int SHOWN = 3;

        /** Returns these places with one more. */
        Places plus(String place) {
            return new Places(
                    count + 1,
                    Stream.concat(first.stream(), Stream.of(place)).limit(SHOWN).toList());
        }

        @Override
        public String toString() {
            return String.join(", ", first) + (count > first.size() ? " …" : "");
        }
    }

    /**
     * Counts the labelled steps of answers.
     *
     * @param count how many
     * @param right how many of them are right
     */
    public record Steps(int count, int right) {
        /** Returns the share of steps that are right. */
        public double rightShare() {
            return (double) right / count;
        }
    }

    /** Counts the rows that are not used. */
    public int droppedRows() {
        return dropped.values().stream().mapToInt(Places::count).sum();
    }

    /** Rows not used, by reason in words. */
    public Map<String, Long> droppedByReason() {
        Map<String, Long> counts = new LinkedHashMap<>();
        dropped.forEach((reason, rows) -> counts.put(reason.text(), (long) rows.count));
        return counts;
    }

    /** Counts the tokens of all rows that are used. */
    public long tokens() {
        return lengths.values().stream().mapToLong(LengthStatistics::total).sum();
    }

    /** Returns what a person should know of the rows that are used, one sentence each; not that they are few, which depends on what for. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (desirable != null && (desirable == 0 || desirable == 1)) {
            warnings.add(
                    "All labels are " + (desirable == 1) + "; unpaired rows need desirable and undesirable answers.");
        }
        if (steps != null && (steps.right == 0 || steps.right == steps.count)) {
            warnings.add("All " + steps.count + " steps are labelled " + (steps.right > 0)
                    + "; nothing can be learned from" + " one label alone.");
        }
        if (truncated > 0) {
            warnings.add(truncated + " rows are cut to max-length, so that some answers lack their end or start.");
        }
        return warnings;
    }

    /** Returns the notes on rows that are used all the same, one sentence each. */
    public List<String> noteSentences() {
        List<String> sentences = new ArrayList<>();
        notes.forEach((note, rows) -> sentences.add(
                "In " + rows.count + (rows.count == 1 ? " row (" : " rows (") + rows + ") " + note + "."));
        return sentences;
    }

    /** Counts the rows used whose prompt and responses are plain strings, though the model has a chat template. */
    public int unwrapped() {
        return notes.getOrDefault(RowTokens.UNWRAPPED, Places.NONE).count;
    }

    /** Says how many of the rows that are used are plain strings, though the model has a chat template; empty where none is. */
    public Optional<String> unwrappedSentence() {
        return unwrapped() == 0 ? Optional.empty() : Optional.of(unwrappedSentence(unwrapped(), used));
    }

    /** Whether a note on rows is that of {@link #unwrappedSentence}. */
    public static boolean saysUnwrapped(String note) {
        return note.contains(UNWRAPPED);
    }

    /** Says that some of so many rows are plain strings. */
    public static String unwrappedSentence(int unwrapped, int rows) {
        return format(
                "%,d of %,d rows (%.1f %%)" + UNWRAPPED + ", so that it is trained on other text than a chat shows it.",
                unwrapped,
                rows,
                100.0 * unwrapped / rows);
    }

    /** Rows used whose prompt is no token prefix, so that prompt and answer were tokenised apart. */
    public int separately() {
        return notes.getOrDefault(RowTokens.PROMPT_APART, Places.NONE).count;
    }

    /** Returns the report for files: names and plain values, in a fixed order. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("files", files.stream().map(RowReport::toMap).toList());
        map.put("read", read);
        map.put("used", used);
        Map<String, Object> reasons = new LinkedHashMap<>();
        dropped.forEach((reason, rows) -> reasons.put(reason.text(), Map.of("count", rows.count, "first", rows.first)));
        map.put("dropped", reasons);
        map.put("truncated", truncated);
        map.put("prompt_tokenised_apart", separately());
        map.put("different_prompts", prompts);
        Map<String, Object> tokens = new LinkedHashMap<>();
        lengths.forEach((part, statistics) -> tokens.put(part, statistics.toMap()));
        map.put("tokens", tokens);
        if (chosenLonger != null) {
            map.put("chosen_longer", chosenLonger);
        }
        if (desirable != null) {
            map.put("desirable", desirable);
        }
        if (steps != null) {
            map.put("steps", steps.count);
            map.put("right_steps", steps.right);
        }
        map.put("warnings", warnings());
        map.put(
                "notes",
                notes.entrySet().stream()
                        .map(note -> toMap(note.getKey(), note.getValue()))
                        .toList());
        return map;
    }

    private static Map<String, Object> toMap(String note, Places rows) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("note", note);
        map.put("count", rows.count);
        map.put("first", rows.first);
        return map;
    }

    private static Map<String, Object> toMap(FileSummary file) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("file", file.file());
        map.put("format", file.layout().label());
        map.put("rows", file.rows());
        map.put("unread_keys", file.unread().stream().sorted().toList());
        return map;
    }

    /** The report as a person reads it, several lines, the last one ended. */
    public String describe() {
        return describeWithoutNotes() + notesByLine();
    }

    /** The report on rows that are evaluated on, as a person reads it: few of them are no fault. */
    public String describeHeldOut() {
        return figures() + warningsByLine() + notesByLine();
    }

    private String notesByLine() {
        return noteSentences().stream().map(note -> "Note: " + note + "\n").collect(Collectors.joining());
    }

    private String warningsByLine() {
        return warnings().stream().map(warning -> "Warning: " + warning + "\n").collect(Collectors.joining());
    }

    /** The report as {@link #describe} has it, for whoever reports the notes elsewhere. */
    public String describeWithoutNotes() {
        String few = used < FEW_ROWS
                ? "Warning: Only " + used + " rows are used; fewer than " + FEW_ROWS + " teach next to nothing.\n"
                : "";
        return figures() + few + warningsByLine();
    }

    private String figures() {
        StringBuilder text = new StringBuilder();
        for (FileSummary file : files) {
            String unread = file.unread().isEmpty()
                    ? ""
                    : "; not read: "
                            + String.join(", ", file.unread().stream().sorted().toList());
            String format = file.layout() == RowFormat.AUTO
                    ? "no known format"
                    : "format " + file.layout().label();
            text.append(file.file() + ": " + file.rows() + " rows, " + format + unread + "\n");
        }
        text.append("rows: " + read + " read, " + used + " used, " + droppedRows() + " dropped\n");
        dropped.forEach((reason, rows) -> text.append("  " + rows.count + " " + reason.text() + ": ")
                .append(reason == DropReason.BAD_ROW ? String.join("\n    ", rows.first) : rows)
                .append("\n"));
        text.append("prompts: " + prompts + " different\n");
        lengths.forEach((part, statistics) -> text.append("tokens of " + part + ": " + statistics + "\n"));
        if (chosenLonger != null) {
            text.append("chosen is longer: " + percent(chosenLonger) + " of the rows\n");
        }
        if (desirable != null) {
            text.append("desirable: " + percent(desirable) + " of the rows\n");
        }
        if (steps != null) {
            text.append("steps: " + steps.count + ", right: " + percent(steps.rightShare()) + "\n");
        }
        return text.toString();
    }

    static String percent(double share) {
        return format("%.1f %%", 100 * share);
    }

    /**
     * Token counts of one part of the rows used.
     *
     * @param rows how many were counted
     * @param total tokens of all
     * @param min of the shortest
     * @param max of the longest
     */
    record LengthStatistics(int rows, long total, int min, int max) {
        static final LengthStatistics NONE = new LengthStatistics(0, 0, Integer.MAX_VALUE, 0);

        LengthStatistics plus(int tokens) {
            return new LengthStatistics(rows + 1, total + tokens, Math.min(min, tokens), Math.max(max, tokens));
        }

        /** Returns the mean number of tokens per row. */
        public double mean() {
            return rows == 0 ? 0 : (double) total / rows;
        }

        Map<String, Object> toMap() {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("total", total);
            map.put("min", rows == 0 ? 0 : min);
            map.put("mean", mean());
            map.put("max", max);
            return map;
        }

        @Override
        public String toString() {
            return format("%d to %d, mean %.1f", rows == 0 ? 0 : min, max, mean());
        }
    }
}
