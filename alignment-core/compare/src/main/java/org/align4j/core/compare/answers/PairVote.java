package org.align4j.core.compare.answers;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.compare.answers.SystemAnswers.AnswerForms;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * A person's vote between two answers that it holds in words, as {@code align judge} keeps it.
 *
 * @param prompt what was asked
 * @param first the answer a
 * @param second the answer b
 * @param forSecond how far b is preferred: 1, 0, or 0.5 for a tie, both bad included
 * @param repeated whether the person voted on this pair before; a repeat checks the person and counts no second time
 */
public record PairVote(AskedPrompt prompt, String first, String second, double forSecond, boolean repeated) {
    private static final List<String> WINNERS = List.of("a", "tie", "b");

    /** Returns whether an object is a vote between two answers in words. */
    public static boolean isOne(Map<String, ? extends @Nullable Object> fields) {
        return fields.get("response_a") instanceof String
                && fields.get("response_b") instanceof String
                && fields.get("winner") instanceof String;
    }

    /**
     * Reads a vote.
     *
     * @throws org.align4j.core.error.InputException naming the line, where prompt or winner isn't one
     */
    public static PairVote of(Origin origin, Map<String, @Nullable Object> fields) {
        AskedPrompt prompt = AnswerForms.prompt(origin.row(), fields);
        if (prompt == null) {
            throw origin.error("a vote needs \"prompt\", a text or messages, beside response_a and response_b.");
        }
        int winner = WINNERS.indexOf(String.valueOf(fields.get("winner")).toLowerCase(Locale.ROOT));
        if (winner < 0) {
            throw origin.error("\"winner\" is " + Shortened.of(fields.get("winner")) + " but must be a, b or tie.");
        }
        return new PairVote(
                prompt,
                String.valueOf(fields.get("response_a")),
                String.valueOf(fields.get("response_b")),
                winner / 2.0,
                fields.get("repeat_of") != null);
    }
}
