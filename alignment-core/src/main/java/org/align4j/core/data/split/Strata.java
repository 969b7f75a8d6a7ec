package org.align4j.core.data.split;

import org.align4j.core.data.split.DivisionRules.Fractions;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Chooses the parts of groups so that each value of a field has its shares in every part. A group goes where its hash says,
 * unless that part has more than its share of the value already; then it goes where most is missing. What is chosen depends on
 * earlier rows only, so that rows that are added at the end move none.
 */
final class Strata {
    /** How many rows a part may have beyond its share. */
    private static final double SLACK = 1;

    private final Fractions fractions;
    private final Map<String, int[]> counts = new LinkedHashMap<>();
    private final Map<Long, Integer> chosen = new HashMap<>();

    Strata(Fractions fractions) {
        this.fractions = fractions;
    }

    /** Returns the part of a group, which the value of its first row decides. */
    int part(long group, String value) {
        return chosen.computeIfAbsent(group, unseen -> choose(RowKeys.unit(group), ofValue(value)));
    }

    /** Counts a row. */
    void count(String value, int part) {
        ofValue(value)[part]++;
    }

    /** Returns for each value how many rows each part has. */
    Map<String, int[]> counts() {
        return counts;
    }

    private int[] ofValue(String value) {
        return counts.computeIfAbsent(value, unseen -> new int[fractions.names().size()]);
    }

    private int choose(double number, int[] rows) {
        int total = 1;
        for (int count : rows) {
            total += count;
        }
        int part = fractions.at(number);
        if (rows[part] + 1 <= fractions.shares().get(part) * total + SLACK) {
            return part;
        }
        int neediest = 0;
        for (int other = 1; other < rows.length; other++) {
            if (missing(other, rows, total) > missing(neediest, rows, total)) {
                neediest = other;
            }
        }
        return neediest;
    }

    private double missing(int part, int[] rows, int total) {
        return fractions.shares().get(part) * total - rows[part];
    }
}
