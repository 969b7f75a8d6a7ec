package org.align4j.core.report;

import java.util.Collection;
import java.util.stream.Collectors;

/** A line of comma-separated values (RFC 4180). */
public final class CsvLine {
    private CsvLine() {}

    /** Returns cells as a line with its end. */
    public static String of(Collection<String> cells) {
        return cells.stream().map(CsvLine::cell).collect(Collectors.joining(",")) + "\r\n";
    }

    /** Returns a text as a cell, quoted where it has a comma, a quotation mark, a line end or another control character in it. */
    public static String cell(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c < ' ');
        return plain ? text : "\"" + text.replace("\"", "\"\"") + "\"";
    }
}
