package org.align4j.core.data.row;

import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * The rules for rows that cannot be used as they are, because they are broken or too long.
 *
 * @param badRows about broken ones
 * @param tooLong about long ones; null where the user did not say: they are dropped, and above 20 % that is an error
 * @param maxLength tokens that prompt and answer may have together
 */
public record RowRules(BadRows badRows, @Nullable TooLong tooLong, int maxLength) {
    /** The share of rows that may be dropped for their length when nobody asked for it. */
    public static final double DROPPED_UNASKED = 0.2;

    public RowRules {
        requireMaxLength(maxLength);
    }

    static void requireMaxLength(int maxLength) {
        if (maxLength < 2) {
            throw new InputException("max-length is " + maxLength
                    + " but must be at least 2, one token of prompt and one of answer; 1024 is usual.");
        }
    }

    /** Returns these rules as options: a resumed run drops as many long rows as it dropped when it began. */
    public RowOptions options() {
        return new RowOptions(maxLength, badRows, tooLongRule());
    }

    /** Returns what is done about rows that are too long. */
    public TooLong tooLongRule() {
        return tooLong == null ? TooLong.DROP : tooLong;
    }
}
