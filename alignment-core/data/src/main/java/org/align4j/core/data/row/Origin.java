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

    /** Makes an error about this row: {@code file:line: sentence}. */
    public InputException error(String sentence) {
        return new InputException(place() + ": " + sentence).about(culprit());
    }

    /** Returns an error about a part of this row: its sentence goes on after {@code start}, unless it has file and line already. */
    public InputException within(String start, InputException cause) {
        String message = String.valueOf(cause.getMessage());
        InputException placed =
                message.startsWith(place()) ? cause : new InputException(place() + ": " + start + message, cause);
        return placed.about(culprit());
    }

    /** Returns the sentence of an error about this row without its place, whose line a broken line's column may follow. */
    public String reason(InputException error) {
        return reason(place(), String.valueOf(error.getMessage()));
    }

    /** Returns the sentence of an error about a row at some place, such as {@code a.jsonl:7}, without that place. */
    public static String reason(String place, String message) {
        return message.startsWith(place + ":")
                ? message.substring(place.length() + 1)
                        .replaceFirst("^\\d+:", "")
                        .strip()
                : message;
    }

    /** Returns this row as the source of an error. */
    public Culprit culprit() {
        return Culprit.row(file, line);
    }
}
