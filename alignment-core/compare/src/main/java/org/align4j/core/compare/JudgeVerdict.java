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

    /**
     * Holds what a judge says of two answers.
     *
     * @param preference how far it prefers the second answer: 1 altogether, 0 not at all, 0.5 a tie; null where it says nothing usable
     * @param orders what it said in either order; null for a judge that has none
     * @param scores what it scored the answers; null for a judge that gives none
     * @param problem why there is no preference; null where there is one
     * @param reply what the judge said where that is unusable; null where it gave a preference, or no reply
     */
    public record Ruling(
            @Nullable Double preference,
            @Nullable Orders orders,
            @Nullable Scores scores,
            @Nullable String problem,
            @Nullable String reply) {
        public Ruling {
            if ((preference == null) == (problem == null)) {
                throw new IllegalArgumentException("A ruling has a preference or a problem, and one of them only.");
            }
            if (preference != null && !(preference >= 0 && preference <= 1)) {
                throw new IllegalArgumentException(
                        "preference is " + preference + " but must lie between 0 and 1; a tie is 0.5.");
            }
        }

        /**
         * Holds the scores of both answers.
         *
         * @param first of the first answer
         * @param second of the second answer
         */
        public record Scores(double first, double second) {}

        /**
         * Holds what was said when either answer was shown first.
         *
         * @param firstShown how far the second answer is preferred where the first one was shown first; null if nothing usable was said
         * @param secondShown how far the second answer is preferred where it was shown first; null if nothing usable was said
         */
        public record Orders(
                @Nullable Double firstShown, @Nullable Double secondShown) {
            /** Returns whether both orders gave a usable verdict. */
            public boolean complete() {
                return firstShown != null && secondShown != null;
            }

            /** Returns whether both orders gave one verdict. */
            public boolean consistent() {
                return firstShown != null && firstShown.equals(secondShown);
            }
        }

        /** Makes the ruling that the higher score wins and equal ones tie. */
        public static Ruling of(Scores scores) {
            double preference = scores.second > scores.first ? 1 : scores.second < scores.first ? 0 : 0.5;
            return new Ruling(preference, null, scores, null, null);
        }

        /** Makes a ruling of a judge that is asked once, whatever the order. */
        public static Ruling of(double preference) {
            return new Ruling(preference, null, null, null, null);
        }

        /**
         * Makes the ruling that lies halfway between the two orders; it is unusable where one of them is.
         *
         * @param reply what the judge said where that is unusable; null for nothing
         */
        public static Ruling of(Orders orders, @Nullable String problem, @Nullable String reply) {
            Double firstShown = orders.firstShown;
            Double secondShown = orders.secondShown;
            return firstShown == null || secondShown == null
                    ? new Ruling(null, orders, null, problem == null ? "no verdict" : problem, reply)
                    : new Ruling((firstShown + secondShown) / 2, orders, null, null, null);
        }

        /** Makes the ruling that nothing usable was said. */
        public static Ruling unusable(String problem) {
            return new Ruling(null, null, null, problem, null);
        }
    }
}
