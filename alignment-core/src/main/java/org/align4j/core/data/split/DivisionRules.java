package org.align4j.core.data.split;

import java.util.List;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * How rows are divided.
 *
 * @param fractions the parts
 * @param by what rows must share to stay in one part
 * @param stratify a field whose values have the same shares in each part, or null
 * @param capPerUser how many rows of one user are used at most, or null
 * @param cuts the times at which the parts of a split by time begin, but for the first; empty to have them found
 * @param badRows what becomes of rows that can't be read, or lack what their group goes by
 * @param seed another seed gives another division
 */
public record DivisionRules(
        Fractions fractions,
        GroupBy by,
        @Nullable String stratify,
        @Nullable Integer capPerUser,
        List<String> cuts,
        BadRows badRows,
        long seed) {
    public DivisionRules {
        cuts = List.copyOf(cuts);
        if (capPerUser != null && capPerUser < 1) {
            throw new InputException("cap-per-user is " + capPerUser + " but must be at least 1.");
        }
        if (by == GroupBy.TIME && stratify != null) {
            throw new InputException(
                    "stratify chooses which groups go where, but by time leaves no choice; drop --stratify, or give another --by.");
        }
        if (by != GroupBy.TIME && !cuts.isEmpty()) {
            throw new InputException("cuts are times, but by is " + by.label() + "; drop --cuts, or give --by time.");
        }
        if (!cuts.isEmpty() && cuts.size() != fractions.names().size() - 1) {
            throw new InputException("cuts has " + cuts.size() + " times but "
                    + fractions.names().size() + " parts begin at one less than there are parts.");
        }
    }

    /** Counts how often every row is read; more often where the near prompts of a large file don't fit into memory at a time. */
    public int readings() {
        int toPlace = by == GroupBy.NEAR_PROMPT ? 2 : by == GroupBy.TIME && cuts.isEmpty() ? 1 : 0;
        return 1 + toPlace + (capPerUser == null ? 0 : 1) + (badRows == BadRows.DROP ? 1 : 0);
    }
}
