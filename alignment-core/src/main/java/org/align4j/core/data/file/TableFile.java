package org.align4j.core.data.file;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a table of text as objects: comma or tab separated, quoted as RFC 4180 says, with the names of the columns in the first
 * line. The first column may have no name, as pandas writes row numbers. A cell is text. A row with more or fewer cells than the
 * first line is broken.
 */
final class TableFile implements ObjectFile {
    private final Path path;
    private final String name;
    private final FileForm form;
    private final char separator;

    /** @param usual what is between cells where the form says nothing else */
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

    /**
     * Cuts a table of text into records of cells as RFC 4180 says: a cell that begins with a quote ends with one, and has two
     * for one of its own; it may hold separators and line breaks. Blank lines are no records. What a small packed file may unpack
     * to (endless cells, columns or blank lines) is refused before it fills the memory.
     */
    private static final class TableRecords {
        private static final int END = -1;

        /** The most characters that one record of a table may have; a usual one has a few thousand. */
        private static final int MOST_CHARACTERS = 1 << 24;

        private static final int MOST_CELLS = 100_000;
        private static final int MOST_BLANK_LINES = 1_000_000;

        private final BufferedReader in;
        private final String name;
        private final char separator;
        private int current;
        private int line = 1;
        private int start = 1;
        private int characters;
        private boolean quoted;
        private List<String> cells = List.of();

        /** @param name the file, for messages */
        TableRecords(java.io.Reader in, String name, char separator) throws IOException {
            this.in = new BufferedReader(in);
            this.name = name;
            this.separator = separator;
            this.current = this.in.read();
        }

        /** Moves to the next record; false where there is none. */
        boolean next() throws IOException {
            skipBlankLines();
            if (current == END) {
                return false;
            }
            start = line;
            characters = 0;
            List<String> record = new ArrayList<>();
            record.add(cell());
            while (current == separator) {
                if (record.size() == MOST_CELLS) {
                    throw new InputException(name + ":" + start + ": this row has more than " + MOST_CELLS
                            + " cells, and no table of rows has so many; give a file whose columns are prompt, chosen and the"
                            + " like.");
                }
                advance();
                record.add(cell());
            }
            cells = List.copyOf(record);
            return true;
        }

        /** Returns the line on which the record starts, from 1. */
        int line() {
            return start;
        }

        /** Returns the cells of the record. */
        List<String> cells() {
            return cells;
        }

        private void skipBlankLines() throws IOException {
            int first = line;
            int breaks = 0;
            while (current == '\n' || current == '\r') {
                if (line - first == MOST_BLANK_LINES || ++breaks > 2 * MOST_BLANK_LINES) {
                    throw new InputException(
                            name + ":" + line + ": a million blank lines stand before this one; take them out.");
                }
                characters = 0;
                advance();
            }
        }

        private void advance() throws IOException {
            line += current == '\n' ? 1 : 0;
            current = in.read();
            if (++characters > MOST_CHARACTERS) {
                throw new InputException(name + ":" + start + ": "
                        + (quoted
                                ? "a cell of the row that starts here opens with a quote that is not closed within "
                                        + MOST_CHARACTERS + " characters; close it, or write two for one inside a cell."
                                : "the row that starts here has more than " + MOST_CHARACTERS
                                        + " characters; a row is one line of a few thousand."));
            }
        }

        private String cell() throws IOException {
            return current == '"' ? quoted() : plain();
        }

        private String plain() throws IOException {
            StringBuilder text = new StringBuilder();
            while (current != separator && current != '\n' && current != END) {
                text.append((char) current);
                advance();
            }
            int length = text.length();
            boolean windows = current != separator && length > 0 && text.charAt(length - 1) == '\r';
            return windows ? text.substring(0, length - 1) : text.toString();
        }

        private String quoted() throws IOException {
            StringBuilder text = new StringBuilder();
            quoted = true;
            advance();
            while (true) {
                if (current == END) {
                    throw new InputException(
                            name + ":" + start
                                    + ": a quote that opens in this row is never closed; close it, or write two for one in a cell.");
                }
                boolean quote = current == '"';
                char character = (char) current;
                advance();
                if (quote && current != '"') {
                    break;
                }
                if (quote) {
                    advance();
                }
                text.append(character);
            }
            quoted = false;
            String after = plain();
            if (!after.isBlank()) {
                throw new InputException(name + ":" + line
                        + ": text follows the quote that closes a cell; write two quotes for one inside a cell.");
            }
            return text.toString();
        }
    }
}
