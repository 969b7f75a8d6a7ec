package org.align4j.core.data.file;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.IntConsumer;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/** A file of objects, whatever its kind: JSON by the line, a JSON array, a table of text, or Parquet. */
public interface ObjectFile {

    /** Takes the objects of a file in order. */
    interface Receiver {
        /** Takes one object, with the line on which it starts; in Parquet the number of its row, from 1. */
        void object(int line, Map<String, @Nullable Object> fields);

        /** Takes note of the line of one more object that is part of the one handed on last. */
        default void joined(int line) {}

        /** Takes the error of a line that is not an object; the error has the whole message. */
        void broken(int line, InputException error);

        /** Returns whether more is wanted; where it isn't, the reading ends. */
        default boolean wantsMore() {
            return true;
        }

        /** Returns a receiver that hands everything on to this one, and reports each object and broken line to someone. */
        default Receiver seenBy(IntConsumer watcher) {
            Receiver self = this;
            return new Receiver() {
                @Override
                public void object(int line, Map<String, @Nullable Object> fields) {
                    watcher.accept(1);
                    self.object(line, fields);
                }

                @Override
                public void joined(int line) {
                    watcher.accept(1);
                    self.joined(line);
                }

                @Override
                public void broken(int line, InputException error) {
                    watcher.accept(1);
                    self.broken(line, error);
                }

                @Override
                public boolean wantsMore() {
                    return self.wantsMore();
                }
            };
        }
    }

    /** Opens a file with the reader that its name asks for. */
    static ObjectFile of(Path path) {
        return of(path, FileForm.PLAIN);
    }

    /**
     * Opens a file that is written as somebody says.
     *
     * @throws InputException where the form says what this kind of file doesn't have
     */
    static ObjectFile of(Path path, FileForm form) {
        String kind = DataFiles.kind(path);
        if (form.delimiter() != null && !kind.equals("csv") && !kind.equals("tsv")) {
            throw new InputException("delimiter is \"" + form.delimiter() + "\", but " + path
                    + " is no table of text (.csv, .tsv), which has cells; drop it.");
        }
        if (form.encoding() != null && kind.equals("parquet")) {
            throw new InputException("encoding is " + form.encoding() + ", but " + path
                    + " is Parquet, which is always UTF-8; drop it.");
        }
        ObjectFile file = switch (kind) {
            case "parquet" -> new ParquetFile(path);
            case "csv" -> new TableFile(path, form, ',');
            case "tsv" -> new TableFile(path, form, '\t');
            default -> new JsonFile(path, form);
        };
        return form.mapValues().isEmpty() ? file : new FileForm.MappedValues(file, path.toString(), form.values());
    }

    /**
     * Reads the file as a stream, to its end or until the receiver wants no more.
     *
     * @return the number of objects and broken lines
     * @throws InputException where the file is of another kind, holds nothing, or cannot be read
     */
    int read(Receiver receiver);

    /** Takes the objects of a file of which none may be broken. */
    interface Reader {
        /** Takes one object with its line, as a receiver does, and its number from 0. */
        void object(int line, int row, Map<String, @Nullable Object> fields);
    }

    /**
     * Reads the file to its end, and ends at a broken line.
     *
     * @throws InputException naming file and line, where one is broken, or as {@link #read} does
     */
    default void each(Reader reader) {
        read(new Receiver() {
            private int row;

            @Override
            public void object(int line, Map<String, @Nullable Object> fields) {
                reader.object(line, row++, fields);
            }

            @Override
            public void broken(int line, InputException error) {
                throw error;
            }
        });
    }
}
