package org.align4j.core.compare;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes verdicts as lines of {@code verdicts.jsonl}, which {@code --judge recorded:FILE} reads again. */
public final class VerdictLine {
    private static final int LONGEST_REPLY_BYTES = 4096;
    private static final String MARK = "…";

    private VerdictLine() {}

    /** Returns the fields of a verdict's line: {@code preference} says how far b is preferred, from 0 to 1, {@code reply} what an unusable judge said. */
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
        if (ruling.reply() != null) {
            line.put("reply", cut(ruling.reply()));
        }
        return line;
    }

    /** Cuts a text to so many bytes of UTF-8, between two characters, with a mark where something is left out. */
    private static String cut(String text) {
        if (text.getBytes(StandardCharsets.UTF_8).length <= LONGEST_REPLY_BYTES) {
            return text;
        }
        int bytes = MARK.getBytes(StandardCharsets.UTF_8).length;
        int end = 0;
        while (end < text.length()) {
            int next = text.offsetByCodePoints(end, 1);
            bytes += text.substring(end, next).getBytes(StandardCharsets.UTF_8).length;
            if (bytes > LONGEST_REPLY_BYTES) {
                break;
            }
            end = next;
        }
        return text.substring(0, end) + MARK;
    }
}
