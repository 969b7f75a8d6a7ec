package org.align4j.core.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was read, used and dropped: {@code rows.json}.
 *
 * @param sets the training rows, then those of evaluation and the guard text where there are any
 * @param notes plain sentences about the rows, such as how many prompts were tokenised separately
 */
public record RowsReport(List<RowSet> sets, List<String> notes) {
    public RowsReport {
        sets = List.copyOf(sets);
        notes = List.copyOf(notes);
    }

    /**
     * One set of rows.
     *
     * @param name {@code train}, {@code eval} or {@code guard}
     * @param files where they were read from
     * @param read rows found
     * @param used rows that went on
     * @param dropped reason to rows dropped for it, in the order they first occurred
     */
    public record RowSet(String name, List<String> files, long read, long used, Map<String, Long> dropped) {
        public RowSet {
            files = List.copyOf(files);
            dropped = Collections.unmodifiableMap(new LinkedHashMap<>(dropped));
        }
    }

    /** The set of that name. */
    public Optional<RowSet> set(String name) {
        return sets.stream().filter(set -> set.name().equals(name)).findFirst();
    }
}
