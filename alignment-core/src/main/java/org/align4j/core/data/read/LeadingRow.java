package org.align4j.core.data.read;

import java.util.Map;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/** The first whole row of some files, for commands that do one thing or another by what it is. */
final class LeadingRow implements ObjectFile.Receiver {
    private final RowSource source;
    private boolean steps;

    private LeadingRow(RowSource source) {
        this.source = source;
    }

    /** Tells whether a source's first row is an answer in steps; false where there is none, or it can't be read. */
    static boolean isSteps(RowSource source) {
        LeadingRow row = new LeadingRow(source);
        try {
            for (var file : source.files()) {
                ObjectFile.of(file, source.form()).read(row);
            }
        } catch (Found e) {
            return row.steps;
        } catch (InputException e) {
            return false; // whoever reads the rows says what is wrong
        }
        return false;
    }

    @Override
    public void object(int line, Map<String, @Nullable Object> fields) {
        steps = StepLayouts.among(new Fields(new Origin("", line, 0), fields, source.columns(), ""));
        throw new Found();
    }

    @Override
    public void broken(int line, InputException error) {}

    /** Ends the reading of a file after its first row. */
    private static final class Found extends RuntimeException {
        private static final long serialVersionUID = 1;

        Found() {
            super(null, null, false, false);
        }
    }
}
