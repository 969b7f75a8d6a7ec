package org.align4j.core;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Preferences, from files or of a program; from files also single answers that are desirable or not, for losses that learn from those. */
public final class Preferences extends Rows {
    private Preferences(List<String> names) {
        super(names);
    }

    private Preferences(Iterable<Preference> rows) {
        super(
                rows,
                row -> Map.of(
                        "prompt",
                        json(row.prompt()),
                        "chosen",
                        answer(row.chosen()),
                        "rejected",
                        answer(row.rejected())));
    }

    private Preferences(Streamed rows) {
        super(rows);
    }

    /** Names the files to read: {@code .jsonl}, {@code .json}, each also {@code .gz}, and {@code .parquet}, in any layout that is known. */
    public static Preferences read(Path... files) {
        return new Preferences(names(files));
    }

    /** Names files, globs and data sets from the hub to read, as {@code --data} takes them: {@code hf:org/name:split}. */
    public static Preferences read(String... names) {
        return new Preferences(List.of(names));
    }

    /**
     * Takes the rows of a program; they are written into the run.
     *
     * @throws org.align4j.core.error.InputException where one is null, or there is none
     */
    public static Preferences of(List<Preference> rows) {
        return new Preferences(rows);
    }

    /** Takes the rows of a stream, which is read to its end at once; they are written into the run. */
    public static Preferences of(Stream<Preference> rows) {
        return new Preferences(rows.toList());
    }

    /**
     * Takes rows that are made one by one, each time that they are written into a run, and never held together.
     *
     * @param rows objects with the keys of a file's rows: prompt, chosen, rejected, and others that {@code --data} knows
     */
    public static Preferences streamed(Iterable<? extends Map<String, ?>> rows) {
        return new Preferences(new Streamed(rows));
    }
}
