package org.align4j.core.text;

import org.align4j.core.error.Shortened;

/**
 * Tokens of a text and where they came from.
 *
 * @param ids {@code [T]} token ids
 * @param starts {@code [T]} first code point of each token in the text
 * @param ends {@code [T]} first code point after each token; the bytes of one character share its span, and a token that
 *     the tokenizer added itself has an empty one
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
record Encoded(int[] ids, int[] starts, int[] ends) {
    public Encoded {
        if (starts.length != ids.length || ends.length != ids.length) {
            throw new IllegalArgumentException(
                    ids.length + " ids need as many starts (" + starts.length + ") and ends (" + ends.length + ").");
        }
    }

    /** Writes the ids, many of them shortened. */
    @Override
    public String toString() {
        return "Encoded[" + Shortened.ids(ids) + "]";
    }
}
