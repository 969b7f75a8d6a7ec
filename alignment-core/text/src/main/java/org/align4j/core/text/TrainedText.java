package org.align4j.core.text;

import java.util.Set;

/**
 * A text as tokens, and which of them are learned.
 *
 * @param ids {@code [T]} token ids
 * @param trained {@code [T]} true where the token counts in the loss
 * @param notes what is to be reported of it, each as it goes on after "In 3 rows"; mostly none
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
public record TrainedText(int[] ids, boolean[] trained, Set<String> notes) {
    public TrainedText {
        notes = Set.copyOf(notes);
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
