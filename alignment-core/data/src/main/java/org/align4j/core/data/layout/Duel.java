package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.Fields;
import org.jspecify.annotations.Nullable;

/**
 * Two answers to one prompt, of which a vote makes a pair.
 *
 * @param prompt text or messages; null where the answers hold it
 * @param first text or messages
 * @param second the same form as the first
 */
record Duel(@Nullable Object prompt, Object first, Object second) {
    /** Called for a row whose conversations have more than one question. */
    static final String MANY_TURNS =
            "the conversations have several questions, so that what is compared may hold turns of the user";

    /** The outcomes of a vote. */
    enum Vote {
        /** The first answer is better. */
        FIRST,
        /** The second answer is better. */
        SECOND,
        /** Neither answer is better. */
        NEITHER
    }

    /** Reads a preference whose sign says which answer is better: below 0 the first, above 0 the second. */
    static Vote bySign(double preference) {
        return preference == 0 ? Vote.NEITHER : preference < 0 ? Vote.FIRST : Vote.SECOND;
    }

    /**
     * Returns the pair, with the place where its chosen answer stood.
     *
     * @param row the row that the duel is from, which adds what else it holds
     */
    List<Map<String, @Nullable Object>> decided(Vote vote, Fields row) {
        boolean swapped = vote == Vote.SECOND;
        Map<String, @Nullable Object> pair = RowParts.pair(prompt, swapped ? second : first, swapped ? first : second);
        if (vote == Vote.NEITHER) {
            pair.put("tie", true);
        } else {
            pair.put("chosen_position", vote == Vote.FIRST ? 1 : 2);
        }
        return List.of(row.with(pair));
    }

    /**
     * Returns the pairs of a vote that came with an edited answer, which is better than what it was made of: than the better answer, which is
     * better than the other one; of a vote for neither, than both.
     *
     * @param row the row that the duel is from, which adds what else it holds
     */
    List<Map<String, @Nullable Object>> edited(Vote vote, Object answer, Fields row) {
        if (vote == Vote.NEITHER) {
            return List.of(
                    row.with(RowParts.pair(prompt, answer, first)), row.with(RowParts.pair(prompt, answer, second)));
        }
        Object better = vote == Vote.FIRST ? first : second;
        return List.of(decided(vote, row).get(0), row.with(RowParts.pair(prompt, answer, better)));
    }
}
