package org.align4j.core.data.row;

import org.align4j.core.error.InputException;
import org.align4j.core.error.InputException.Culprit;

/**
 * The place of a row in the data files: file, line and number.
 *
 * @param file the file as the user named it
 * @param line the line, from 1, on which the row starts
 * @param row its number over the whole input, from 0; bad and dropped rows have one too
 */
public record Origin(String file, int line, int row) {

    /** {@code file:line}, the start of every message about this row. */
    public String place() {
        return file + ":" + line;
    }

    /** An error about this row: {@code file:line: sentence}. */
    public InputException error(String sentence) {
        return new InputException(place() + ": " + sentence).about(culprit());
    }

    /** Returns the sentence of an error about this row without its place, whose line a broken line's column may follow. */
    public String reason(InputException error) {
        String message = String.valueOf(error.getMessage());
        String start = place() + ":";
        return message.startsWith(start)
                ? message.substring(start.length()).replaceFirst("^\\d+:", "").strip()
                : message;
    }

    /** What an error about this row is about. */
    public Culprit culprit() {
        return Culprit.row(file, line);
    }
}
