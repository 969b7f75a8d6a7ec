package org.align4j.core.data.read;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.file.RatedNeighbours;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.align4j.core.error.InputException.Culprit;
import org.jspecify.annotations.Nullable;

/**
 * Holds data files and how they are read.
 *
 * @param files the files, in order
 * @param format their layout, or {@code AUTO}
 * @param columns what they call the columns
 * @param form how they are written
 */
public record RowSource(List<Path> files, RowFormat format, Columns columns, FileForm form) {
    public RowSource {
        files = List.copyOf(files);
    }

    /** Files that are written as most are. */
    public RowSource(List<Path> files, RowFormat format, Columns columns) {
        this(files, format, columns, FileForm.PLAIN);
    }

    /** Returns these files with another form. */
    public RowSource with(FileForm other) {
        return new RowSource(files, format, columns, other);
    }

    /**
     * Finds the files that names and globs stand for.
     *
     * @param option the option's name, for messages
     */
    public static RowSource of(String option, List<String> names, RowFormat format, Columns columns) {
        return new RowSource(DataFiles.resolve(option, names), format, columns);
    }

    /**
     * Finds files like {@link #of}, or takes standard input where the only name is {@code -}, for commands that read their
     * rows once.
     *
     * @param option the option's name, for messages
     */
    public static RowSource once(String option, List<String> names, RowFormat format, Columns columns) {
        return new RowSource(DataFiles.resolveOnce(option, names), format, columns);
    }

    /** Takes plain files in whatever layout they have. */
    public static RowSource of(Path... files) {
        return new RowSource(List.of(files), RowFormat.AUTO, Columns.PLAIN);
    }

    /** Whether the rows are answers in steps, as the format says or else the first row shows. */
    public boolean stepwise() {
        return switch (format) {
            case STEPS -> true;
            case AUTO, TOKENS -> LeadingRow.isSteps(this);
            default -> false;
        };
    }

    /**
     * Reads the objects of one of these files.
     *
     * @param stars whether neighbouring objects that give the answers to one prompt stars are joined, where the files may have such
     * @return the number of objects and broken lines in the file
     * @throws InputException about the file, where it is of another kind, holds nothing, or cannot be read
     */
    public int read(Path file, boolean stars, ObjectFile.Receiver receiver) {
        boolean may = (format == RowFormat.AUTO || format == RowFormat.STARS) && !columns.namesTexts();
        try {
            return RatedNeighbours.read(ObjectFile.of(file, form), stars && may, receiver);
        } catch (InputException e) {
            throw e.about(Culprit.data(file.toString()));
        }
    }

    /** A reader of rows of one kind. */
    public RowReader reader(RowKind kind) {
        return new RowReader(this, kind);
    }

    /** The first whole row of some files, for commands that do one thing or another by what it is. */
    private static final class LeadingRow implements ObjectFile.Receiver {
        private final RowSource source;
        private boolean seen;
        private boolean steps;

        private LeadingRow(RowSource source) {
            this.source = source;
        }

        /** Returns whether a source's first row is an answer in steps; false where there is none, or it can't be read. */
        static boolean isSteps(RowSource source) {
            LeadingRow row = new LeadingRow(source);
            try {
                for (int file = 0; row.wantsMore() && file < source.files().size(); file++) {
                    ObjectFile.of(source.files().get(file), source.form()).read(row);
                }
            } catch (InputException e) {
                return row.steps; // whoever reads the rows says what is wrong
            }
            return row.steps;
        }

        @Override
        public void object(int line, Map<String, @Nullable Object> fields) {
            steps = OwnLayouts.hasSteps(new Fields(new Origin("", line, 0), fields, source.columns(), ""));
            seen = true;
        }

        @Override
        public boolean wantsMore() {
            return !seen;
        }

        @Override
        public void broken(int line, InputException error) {}
    }
}
