package org.align4j.dpo;

import java.io.Serializable;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.pack.RowLayout;

/**
 * A prompt with the answers that a loss compares: a pair has two, the chosen one first; a judged answer stands alone.
 *
 * @param place the row's place among all rows of its kind, training or evaluation
 * @param number the number by which users know it: its 0-based place in the input
 * @param item prompt and answers
 * @param desirable whether the first answer is to become likelier: always so in a pair
 */
record PreferenceRow(int place, int number, RowLayout.Item item, boolean desirable) implements Serializable {
    static PreferenceRow of(int place, TokenRow row) {
        if (row instanceof PairTokens pair) {
            RowLayout.Item item = new RowLayout.Item(pair.prompt(), pair.chosen(), pair.rejected());
            return new PreferenceRow(place, pair.row(), item, true);
        }
        if (row instanceof CompletionTokens answer) {
            RowLayout.Item item = new RowLayout.Item(answer.prompt(), new int[][] {answer.completion()});
            return new PreferenceRow(place, answer.row(), item, answer.desirable());
        }
        throw new IllegalArgumentException(
                row.getClass().getSimpleName() + " is neither a pair of answers nor a judged answer.");
    }

    /** This prompt with another row's answers. */
    PreferenceRow answeredBy(PreferenceRow other) {
        return new PreferenceRow(
                place, number, new RowLayout.Item(item.prompt(), other.item().answers()), desirable);
    }

    /** Tokens of the first answer. */
    public int firstTokens() {
        return item.answers()[0].length;
    }

    /** Tokens of the second answer, which a pair has. */
    public int secondTokens() {
        return item.answers()[1].length;
    }
}
