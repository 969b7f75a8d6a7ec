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

        /** Returns a receiver that hands everything on to this one, and tells someone of each object and broken line. */
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
            };
        }
    }

    /** Opens a file with the reader that its name asks for. */
    static ObjectFile of(Path path) {
        return switch (DataFiles.kind(path)) {
            case "parquet" -> new ParquetFile(path);
            case "csv" -> new TableFile(path, ',');
            case "tsv" -> new TableFile(path, '\t');
            default -> new JsonFile(path);
        };
    }

    /**
     * Reads the file to its end as a stream.
     *
     * @return the number of objects and broken lines
     * @throws InputException where the file is of another kind, holds nothing, or cannot be read
     */
    int read(Receiver receiver);
}
