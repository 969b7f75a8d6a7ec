package org.align4j.desk.judge;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * What a person said of a pair, as a line of the file of votes has it.
 *
 * @param id the pair's; of a pair that the person sees for the second time with {@code :2} behind it
 * @param prompt text or messages
 * @param answers the two answers
 * @param winner which of them is better
 * @param shownFirst which of them was shown first
 * @param by who voted, and how
 * @param checked what a vote is checked by
 */
record Vote(String id, Object prompt, Answers answers, Winner winner, Winner shownFirst, Ballot by, Checked checked) {
    /**
     * The two answers.
     *
     * @param responseA the first system's answer, or the first one of its row, wherever it was shown
     * @param responseB the other answer
     */
    record Answers(String responseA, String responseB) {}

    /**
     * What a vote is checked by.
     *
     * @param gold the answer that is known to be better, where the pair checks the person; else null
     * @param repeatOf the id under which the person judged this pair before; else null
     */
    record Checked(@Nullable Winner gold, @Nullable String repeatOf) {}

    /** The outcomes of a vote. */
    enum Winner {
        /** The answer a. */
        A,
        /** The answer b. */
        B,
        /** Neither is better. */
        TIE;

        /** Returns the outcome as votes spell it. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Returns the other answer; a tie stays one. */
        Winner other() {
            return this == TIE ? TIE : this == A ? B : A;
        }
    }

    /**
     * Holds who voted, how long that took, and what the person added.
     *
     * @param annotator the person's name
     * @param seconds from when the pair was shown
     * @param note in the person's words, or null
     * @param bothBad whether the person calls both answers bad
     * @param edited the better answer as the person would have it, or, of a tie, a better one than both; or null
     */
    record Ballot(
            String annotator,
            double seconds,
            @Nullable String note,
            boolean bothBad,
            @Nullable String edited) {}

    /** Returns the fields of the vote's line. {@code position} is the place of the better answer, which a tie has not. */
    Map<String, @Nullable Object> line() {
        Map<String, @Nullable Object> line = new LinkedHashMap<>();
        line.put("id", id);
        line.put("prompt", prompt);
        line.put("response_a", answers.responseA());
        line.put("response_b", answers.responseB());
        line.put("winner", winner.word());
        line.put("annotator", by.annotator());
        line.put("position", winner == Winner.TIE ? null : winner == shownFirst ? "first" : "second");
        line.put("shown_first", shownFirst.word());
        line.put("seconds", by.seconds());
        putWhere(by.note() != null, line, "note", by.note());
        putWhere(by.bothBad(), line, "both_bad", true);
        putWhere(by.edited() != null, line, "edited_response", by.edited());
        putWhere(
                checked.gold() != null,
                line,
                "gold",
                checked.gold() == null ? null : checked.gold().word());
        putWhere(checked.repeatOf() != null, line, "repeat_of", checked.repeatOf());
        return line;
    }

    private static void putWhere(
            boolean holds, Map<String, @Nullable Object> line, String key, @Nullable Object value) {
        if (holds) {
            line.put(key, value);
        }
    }

    /**
     * Reads a vote's line.
     *
     * @throws org.align4j.core.error.InputException naming the line, where it is no vote
     */
    static Vote of(Origin origin, Map<String, @Nullable Object> line) {
        Fields fields = new Fields(origin, line);
        Object prompt = fields.required("prompt");
        Winner winner = winner(fields, "winner");
        String position = line.get("position") instanceof String place ? place : "first";
        Object shown = line.get("shown_first");
        Winner usual = winner == Winner.TIE ? Winner.A : position.equals("second") ? winner.other() : winner;
        Object seconds = line.get("seconds");
        return new Vote(
                fields.text("id"),
                prompt,
                new Answers(fields.text("response_a"), fields.text("response_b")),
                winner,
                shown == null ? usual : winner(fields, "shown_first"),
                new Ballot(
                        fields.text("annotator"),
                        seconds instanceof Number number ? number.doubleValue() : 0,
                        text(line, "note"),
                        Boolean.TRUE.equals(line.get("both_bad")),
                        text(line, "edited_response")),
                new Checked(line.get("gold") == null ? null : winner(fields, "gold"), text(line, "repeat_of")));
    }

    private static @Nullable String text(Map<String, @Nullable Object> line, String key) {
        return line.get(key) instanceof String text ? text : null;
    }

    private static Winner winner(Fields fields, String key) {
        String word = fields.text(key);
        for (Winner winner : Winner.values()) {
            if (winner.word().equals(word)) {
                return winner;
            }
        }
        throw fields.error(key, "is " + Shortened.of(word) + " but must be a, b or tie.");
    }
}
