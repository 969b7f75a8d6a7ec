package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.error.InputException;

/**
 * A task as its file has it.
 *
 * @param name the file's name without its endings
 * @param file where it stands
 * @param kind what it asks
 * @param rows its items in order; empty for perplexity, whose text is read in windows
 */
public record TaskFile(String name, Path file, TaskKind kind, List<TaskRow> rows) {
    private static final Pattern ENDINGS =
            Pattern.compile("\\.(jsonl|json|ndjson|txt|parquet|csv|tsv)(\\.gz|\\.zst)?$", Pattern.CASE_INSENSITIVE);

    /** Copies the rows. */
    public TaskFile {
        rows = List.copyOf(rows);
    }

    /**
     * Reads a task.
     *
     * @throws InputException where the file can't be read, or a row is not of the kind that the first row has
     */
    public static TaskFile read(Path file) {
        String name = ENDINGS.matcher(String.valueOf(file.getFileName())).replaceFirst("");
        if (DataFiles.kind(file).equals("txt")) {
            return new TaskFile(name, file, TaskKind.PERPLEXITY, List.of());
        }
        TaskReader reader = new TaskReader(file);
        return new TaskFile(name, file, reader.kind(), reader.rows());
    }

    /** Returns this task with its first items alone. */
    public TaskFile first(int items) {
        return items >= rows.size() ? this : new TaskFile(name, file, kind, rows.subList(0, items));
    }

    /**
     * Refuses a task of another kind.
     *
     * @param option what names the task
     */
    public void require(TaskKind required, String option) {
        if (kind != required) {
            throw new InputException(format(
                    "%s is %s, a task of the kind %s, but must be of the kind %s.",
                    option, file, kind.text(), required.text()));
        }
    }
}
