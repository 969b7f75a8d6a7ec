package org.align4j.core.data.encode;

import static org.align4j.core.error.RootFormat.format;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Token counts of one part of the rows used.
 *
 * @param rows how many were counted
 * @param total tokens of all
 * @param min of the shortest
 * @param max of the longest
 */
record LengthStatistics(int rows, long total, int min, int max) {
    static final LengthStatistics NONE = new LengthStatistics(0, 0, Integer.MAX_VALUE, 0);

    LengthStatistics plus(int tokens) {
        return new LengthStatistics(rows + 1, total + tokens, Math.min(min, tokens), Math.max(max, tokens));
    }

    /** Returns the mean number of tokens a row. */
    public double mean() {
        return rows == 0 ? 0 : (double) total / rows;
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("total", total);
        map.put("min", rows == 0 ? 0 : min);
        map.put("mean", mean());
        map.put("max", max);
        return map;
    }

    @Override
    public String toString() {
        return format("%d to %d, mean %.1f", rows == 0 ? 0 : min, max, mean());
    }
}
