package org.align4j.core.data.encode;

import java.util.List;
import org.align4j.core.data.TokenRow;

/**
 * The rows of a data set as tokens, and what happened on the way.
 *
 * @param <T> the kind of row
 * @param rows the rows used, in the order of the input
 * @param promptKeys {@code [rows]} equal for rows with equal prompts
 * @param drops the rows not used, in the order of the input
 * @param report all of it in figures
 */
@SuppressWarnings("ArrayRecordComponent") // one array next to the list, never compared
public record EncodedRows<T extends TokenRow>(List<T> rows, long[] promptKeys, List<Drop> drops, RowReport report) {

    /** Sets rows apart for evaluation, so that no prompt is on both sides. */
    public PromptSplit<T> split(double evalFraction, long seed) {
        return PromptSplit.of(rows, promptKeys, evalFraction, seed);
    }
}
