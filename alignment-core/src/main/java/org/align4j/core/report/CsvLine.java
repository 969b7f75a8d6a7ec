package org.align4j.core.report;

import java.util.Collection;
import java.util.stream.Collectors;

/** A line of comma-separated values (RFC 4180). */
public final class CsvLine {
    private CsvLine() {}

    /** Returns cells as a line with its end; what has a comma, a quotation mark or a line end in it is quoted. */
    public static String of(Collection<String> cells) {
        return cells.stream().map(CsvLine::quoted).collect(Collectors.joining(",")) + "\r\n";
    }

    private static String quoted(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : "\"" + text.replace("\"", "\"\"") + "\"";
    }
}
