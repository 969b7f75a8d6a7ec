package org.align4j.core.compare;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.compare.answers.Match;
import org.jspecify.annotations.Nullable;

/**
 * A judge's ruling on a match.
 *
 * @param judge the judge as it was named
 * @param match the two answers
 * @param ruling what the judge says of them
 */
public record JudgeVerdict(String judge, Match match, Ruling ruling) {
    private static final int LONGEST_REPLY_BYTES = 4096;
    private static final String MARK = "…";

    /**
     * Returns the fields of this verdict's line of {@code verdicts.jsonl}, which {@code --judge recorded:FILE} reads again: {@code
     * preference} says how far b is preferred, from 0 to 1, {@code reply} what an unusable judge said.
     */
    public Map<String, @Nullable Object> line() {
        Map<String, @Nullable Object> line = new LinkedHashMap<>();
        line.put("judge", judge);
        line.put("row", match.prompt().row());
        line.put("sample", match.sample());
        line.put("prompt", match.prompt().text());
        line.put("a", match.first());
        line.put("b", match.second());
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
