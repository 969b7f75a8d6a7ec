package org.align4j.core.compare.verdict;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes verdicts as lines of {@code verdicts.jsonl}, which {@code --judge recorded:FILE} reads again. */
public final class VerdictLine {
    private VerdictLine() {}

    /** Returns the fields of a verdict's line: {@code preference} says how far b is preferred, from 0 to 1. */
    public static Map<String, @Nullable Object> of(JudgeVerdict verdict) {
        Ruling ruling = verdict.ruling();
        Map<String, @Nullable Object> line = new LinkedHashMap<>();
        line.put("judge", verdict.judge());
        line.put("row", verdict.match().prompt().row());
        line.put("sample", verdict.match().sample());
        line.put("prompt", verdict.match().prompt().text());
        line.put("a", verdict.match().first());
        line.put("b", verdict.match().second());
        line.put("preference", ruling.preference());
        Ruling.Orders orders = ruling.orders();
        if (orders != null) {
            line.put("a_shown_first", orders.firstShown());
            line.put("b_shown_first", orders.secondShown());
        }
        Ruling.Scores scores = ruling.scores();
        if (scores != null) {
            line.put("score_a", scores.first());
            line.put("score_b", scores.second());
        }
        if (ruling.problem() != null) {
            line.put("unusable", ruling.problem());
        }
        return line;
    }
}
