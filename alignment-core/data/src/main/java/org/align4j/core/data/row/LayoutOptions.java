package org.align4j.core.data.row;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.options.Option;

/**
 * How files of rows are laid out, and what becomes of broken rows: a group of options.
 *
 * @param form how the files are written
 */
public record LayoutOptions(
        @Option(help = "Layout of the rows; auto recognises it by the first row of each file.", defaultValue = "auto")
        RowFormat format,

        @Option(help = "What the files call the columns, such as prompt=question.", defaultValue = "")
        Map<String, String> columns,

        FileForm form,

        @Option(
                help = "End at broken rows, naming file and line of the first 20, or drop them.",
                defaultValue = "error")
        BadRows badRows) {

    /** Checks the names of columns. */
    public LayoutOptions {
        columns = new Columns(columns).names();
    }

    /** Returns the rows of files that an option names, laid out so. */
    public RowSource source(String option, List<String> names) {
        return RowSource.of(option, names, format, new Columns(columns)).with(form);
    }

    /** Returns rows like {@link #source} that are read once only, so that standard input is taken too. */
    public RowSource once(String option, List<String> names) {
        return RowSource.once(option, names, format, new Columns(columns)).with(form);
    }
}
