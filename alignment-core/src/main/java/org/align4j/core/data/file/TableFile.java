package org.align4j.core.data.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a table of text as objects: comma or tab separated, quoted as RFC 4180 says, the names of the columns in its
 * first line; the first column may go without one, as row numbers do that pandas writes. A cell is text. A row with more or
 * fewer cells than the first line is broken.
 */
final class TableFile implements ObjectFile {
    private final Path path;
    private final String name;
    private final FileForm form;
    private final char separator;

    /** @param usual what stands between cells where the form says nothing else */
    TableFile(Path path, FileForm form, char usual) {
        this.path = path;
        this.name = path.toString();
        this.form = form;
        this.separator = form.separator(usual);
    }

    @Override
    public int read(Receiver receiver) {
        int count = 0;
        try (Utf8Text text = new Utf8Text(name, form.open(path))) {
            TableRecords records = new TableRecords(text, name, separator);
            List<String> columns = records.next() ? columns(records.cells()) : List.of();
            while (receiver.wantsMore() && records.next()) {
                count++;
                hand(records.line(), columns, records.cells(), receiver);
            }
        } catch (IOException e) {
            throw DataFiles.unreadable(path, e);
        }
        if (count == 0) {
            throw new InputException(name + ":1: this file holds no row; a data file needs at least one.");
        }
        return count;
    }

    private void hand(int line, List<String> columns, List<String> cells, Receiver receiver) {
        if (cells.size() != columns.size()) {
            receiver.broken(
                    line,
                    new InputException(
                            name + ":" + line + ": this row has " + cells.size() + " cells but the first line"
                                    + " names " + columns.size() + " columns; quote cells that hold the separator."));
            return;
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < cells.size(); i++) {
            fields.put(columns.get(i), cells.get(i));
        }
        receiver.object(line, fields);
    }

    private List<String> columns(List<String> cells) {
        List<String> columns = cells.stream()
                .map(cell -> cell.replace(Utf8Text.BYTE_ORDER_MARK, "").strip())
                .toList();
        boolean named = !columns.subList(1, columns.size()).contains("") && !columns.equals(List.of(""));
        if (new HashSet<>(columns).size() != columns.size() || !named) {
            throw new InputException(name + ":1: the first line must name each column, and none twice; it has "
                    + String.join(", ", columns) + ".");
        }
        return columns;
    }
}
