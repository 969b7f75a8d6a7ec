package org.align4j.core.data.read;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.layout.Pairing;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rows of one or several files in order. Nothing is kept: each row is handed on, so that files larger than
 * the memory can be read.
 */
public final class RowReader {
    private final RowSource source;
    private final RowKind kind;
    private final Pairing pairing;

    /**
     * Reads rows with several graded answers as one pair, the best against the worst.
     *
     * @param files the files, in order
     * @param format their layout, or {@code AUTO}
     * @param columns what the files call the columns
     * @param kind what the command can use
     */
    public RowReader(List<Path> files, RowFormat format, Columns columns, RowKind kind) {
        this(new RowSource(files, format, columns), kind);
    }

    RowReader(RowSource source, RowKind kind) {
        this(source, kind, Pairing.BEST_WORST);
    }

    private RowReader(RowSource source, RowKind kind, Pairing pairing) {
        this.pairing = pairing;
        this.source = source;
        this.kind = kind;
    }

    /** Returns this reader with other pairs of rows that have several graded answers. */
    public RowReader with(Pairing pairs) {
        return new RowReader(source, kind, pairs);
    }

    /** Takes the rows in order. */
    public interface Sink {
        /** Returns whether more rows are wanted; where not, the reading ends. */
        default boolean wantsMore() {
            return true;
        }

        /** Takes an object as the file has it, before it is read as a row. */
        default void object(Origin origin, Map<String, @Nullable Object> fields) {}

        /** Takes note of an object of the file that is part of the row that was handed on last, good or bad. */
        default void joined(Origin origin) {}

        /** Takes a row that is right in form. */
        void row(Row row);

        /** Takes a row whose answers are labelled alike, which the command can't use. It is an error where nothing else is said. */
        default void tied(Origin origin) {
            bad(origin, origin.error("this row finds neither answer better; take it out."));
        }

        /** Takes the error of a row that is not right in form; the error's message is complete, with file and line. */
        void bad(Origin origin, InputException error);
    }

    /**
     * Counts what was found in one file.
     *
     * @param file the file as the user named it
     * @param layout the layout of its rows; {@code AUTO} where no row was usable
     * @param rows how many it has, bad ones included
     * @param unreadRows keys that this command does not use, each with how many rows have it
     * @param judging keys among them that judge answers which nothing else judges
     */
    public record FileSummary(
            String file, RowFormat layout, int rows, Map<String, Integer> unreadRows, Set<String> judging) {
        /** Returns the keys that the command does not read. */
        public Set<String> unread() {
            return unreadRows.keySet();
        }
    }

    /**
     * Reads all files.
     *
     * @throws InputException where a file cannot be read, holds no row, or is an array that breaks
     */
    public List<FileSummary> read(Sink sink) {
        List<FileSummary> summaries = new ArrayList<>();
        int first = 0;
        for (Path file : source.files()) {
            RowParser parser = new RowParser(source.format(), source.columns(), kind, pairing);
            int count = source.read(file, kind.compares(), new Numbered(file.toString(), first, parser, sink));
            summaries.add(new FileSummary(file.toString(), parser.layout(), count, parser.unread(), parser.judging()));
            first = Math.addExact(first, count);
            if (!sink.wantsMore()) {
                break;
            }
        }
        return summaries;
    }

    /** Numbers the rows of one file and parses them. */
    private static final class Numbered implements ObjectFile.Receiver {
        private final String file;
        private final RowParser parser;
        private final Sink sink;
        private int next;

        Numbered(String file, int first, RowParser parser, Sink sink) {
            this.file = file;
            this.next = first;
            this.parser = parser;
            this.sink = sink;
        }

        @Override
        public void object(int line, Map<String, @Nullable Object> fields) {
            Origin origin = new Origin(file, line, next++);
            sink.object(origin, fields);
            List<Row> rows;
            try {
                rows = parser.parse(origin, fields);
            } catch (InputException e) {
                sink.bad(origin, e.about(origin.culprit()));
                return;
            }
            if (rows.isEmpty()) {
                sink.tied(origin);
            }
            rows.forEach(sink::row);
        }

        @Override
        public boolean wantsMore() {
            return sink.wantsMore();
        }

        @Override
        public void joined(int line) {
            sink.joined(new Origin(file, line, next++));
        }

        @Override
        public void broken(int line, InputException error) {
            Origin origin = new Origin(file, line, next++);
            sink.bad(origin, error.about(origin.culprit()));
        }
    }
}
