package org.align4j.core;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Folders;
import org.align4j.core.run.OwnRows;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/** Rows to train or evaluate on: names of files, or rows of a program. Its kinds say what a row is. */
public abstract class Rows {
    private final List<String> names;
    private final Iterable<? extends Map<String, ?>> objects;

    private Rows(List<String> names, Iterable<? extends Map<String, ?>> objects) {
        this.names = names;
        this.objects = objects;
    }

    /** Takes rows from files. */
    Rows(List<String> names) {
        this(List.copyOf(names), List.of());
        if (names.isEmpty()) {
            throw new InputException("There is no file to read rows from; name at least one.");
        }
    }

    /** Takes rows from a program. */
    <R> Rows(Iterable<? extends @Nullable R> rows, Function<R, Map<String, Object>> object) {
        this(List.of(), objects(rows, object));
    }

    /** Takes rows that are made again each time they are asked for. */
    Rows(Streamed rows) {
        this(List.of(), rows.objects);
    }

    /** Rows of a program that are never held together. */
    record Streamed(Iterable<? extends Map<String, ?>> objects) {}

    private static <R> List<Map<String, Object>> objects(
            Iterable<? extends @Nullable R> rows, Function<R, Map<String, Object>> object) {
        List<Map<String, Object>> objects = new ArrayList<>();
        for (R row : rows) {
            if (row == null) {
                throw new InputException(format(
                        "Row %d of the program's rows (from 0) is null; leave it out before it comes here.",
                        objects.size()));
            }
            objects.add(object.apply(row));
        }
        if (objects.isEmpty()) {
            throw OwnRows.noRow();
        }
        return List.copyOf(objects);
    }

    static List<String> names(Path... files) {
        return Arrays.stream(files).map(Path::toString).toList();
    }

    static List<Map<String, Object>> json(List<Message> messages) {
        return messages.stream()
                .<Map<String, Object>>map(message -> new LinkedHashMap<>(message.fields()))
                .toList();
    }

    static List<Map<String, Object>> answer(String text) {
        return json(List.of(Message.of("assistant", text)));
    }

    /** Names of files, globs and data sets; none for rows of a program. */
    final List<String> names() {
        return names;
    }

    /** Rows of a program as JSON objects; none for rows of files. */
    final Iterable<? extends Map<String, ?>> objects() {
        return objects;
    }

    /** Writes the names of the files, or how many rows of a program there are, and the first; of a stream nothing is read. */
    @Override
    public final String toString() {
        String rows = objects instanceof List<?> list && !list.isEmpty()
                ? format("%,d rows, the first %s", list.size(), Shortened.path(list.get(0)))
                : "a stream of rows";
        return getClass().getSimpleName()
                + (names.isEmpty() ? format("[%s]", rows) : format("[of %s]", Shortened.list(names)));
    }

    /** Does work on the names of files that hold these rows; those of a program lie in a temporary one as long as it lasts. */
    final <T> T located(Function<List<String>, T> work) {
        if (!names.isEmpty()) {
            return work.apply(names);
        }
        try {
            Path folder = Folders.makeTemporary("align4j-rows-");
            try {
                Path file = folder.resolve("rows.jsonl");
                OwnRows.write(file, objects);
                return work.apply(List.of(file.toString()));
            } finally {
                Folders.deleteTree(folder);
            }
        } catch (IOException e) {
            throw new RunException(
                    "The program's rows can't be written into the folder of temporary files: " + FileFailure.told(e)
                            + ".",
                    e);
        }
    }
}
