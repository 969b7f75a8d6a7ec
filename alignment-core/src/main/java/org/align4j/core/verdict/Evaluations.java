package org.align4j.core.verdict;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The first and the last evaluation of a run, row by row: {@code evaluation.json}.
 *
 * @param first before the first step; null where there was none, or a run of an earlier version kept none
 * @param last the newest one; null where there was none
 */
public record Evaluations(@Nullable At first, @Nullable At last) {
    /** A run without held-out rows, or before its first evaluation. */
    public static final Evaluations NONE = new Evaluations(null, null);

    /**
     * An evaluation.
     *
     * @param step optimizer steps done, 0 before the first
     * @param rows what it found
     */
    public record At(int step, EvaluatedRows rows) {
        public At {
            Objects.requireNonNull(rows, "rows");
            if (rows.size() == 0) {
                throw new IllegalArgumentException("An evaluation has a row at least.");
            }
        }
    }

    public Evaluations {
        if (first != null
                && last != null
                && (first.rows().getClass() != last.rows().getClass()
                        || first.rows().size() != last.rows().size())) {
            throw new IllegalArgumentException("The first and the last evaluation are of the same rows, but one has "
                    + first.rows().size() + " and the other " + last.rows().size() + ", or rows of another kind.");
        }
    }

    /** Returns these evaluations with a newer one; the one at step 0 begins anew. */
    public Evaluations after(int step, EvaluatedRows rows) {
        At newest = new At(step, rows);
        return step == 0 ? new Evaluations(newest, newest) : new Evaluations(first, newest);
    }
}
