package org.align4j.core.text;

/**
 * A text as tokens, and which of them are learned.
 *
 * @param ids {@code [T]} token ids
 * @param trained {@code [T]} true where the token counts in the loss
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
public record TrainedText(int[] ids, boolean[] trained) {
    public TrainedText {
        if (trained.length != ids.length) {
            throw new IllegalArgumentException(ids.length + " ids need as many flags, not " + trained.length + ".");
        }
    }

    /** The number of tokens that count in the loss. */
    public int trainedTokens() {
        int count = 0;
        for (boolean flag : trained) {
            count += flag ? 1 : 0;
        }
        return count;
    }
}
