package org.align4j.core.text;

import java.util.Set;
import org.align4j.core.error.Shortened;

/**
 * A prompt and its completion as tokens; the model reads them one after the other.
 *
 * @param prompt {@code [P]} token ids
 * @param completion {@code [C]} token ids, ending with what ends the turn
 * @param separately true where the prompt's tokens are no prefix of the tokens of the whole text, so that the two were
 *     tokenised apart; such rows are to be counted and reported
 * @param notes what else is to be reported of it, each as it goes on after "In 3 rows"; mostly none
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
public record PromptCompletion(int[] prompt, int[] completion, boolean separately, Set<String> notes) {
    public PromptCompletion {
        notes = Set.copyOf(notes);
    }

    /** Writes the ids of both, long ones shortened. */
    @Override
    public String toString() {
        return "PromptCompletion[prompt " + Shortened.ids(prompt) + ", completion " + Shortened.ids(completion)
                + (separately ? ", tokenised apart" : "") + (notes.isEmpty() ? "" : ", " + notes) + "]";
    }
}
