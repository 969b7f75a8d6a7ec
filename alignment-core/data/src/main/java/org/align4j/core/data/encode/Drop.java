package org.align4j.core.data.encode;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A row that is not used.
 *
 * @param row its number over the whole input, from 0
 * @param place its file and line
 * @param reason why
 * @param detail the whole sentence where the row is bad, else the reason in words
 */
public record Drop(int row, String place, DropReason reason, String detail) {
    /** Returns the fields of the line that stands for this row in a command's output: {@code row} and {@code dropped}. */
    public Map<String, Object> line() {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("row", row);
        line.put("dropped", detail);
        return line;
    }
}
