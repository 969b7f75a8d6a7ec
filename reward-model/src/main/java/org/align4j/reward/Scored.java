package org.align4j.reward;

import java.util.ArrayList;
import java.util.List;

/**
 * Rows as a model scores them.
 *
 * @param rows the rows
 * @param scores of each row's answers, one answer's after the other's
 */
record Scored<T>(List<T> rows, List<double[]> scores) {

    /** Parts, one after the other. */
    static <T> Scored<T> joined(List<Scored<T>> parts) {
        List<T> rows = new ArrayList<>();
        List<double[]> scores = new ArrayList<>();
        for (Scored<T> part : parts) {
            rows.addAll(part.rows);
            scores.addAll(part.scores);
        }
        return new Scored<>(rows, scores);
    }
}
