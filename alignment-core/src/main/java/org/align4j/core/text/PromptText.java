package org.align4j.core.text;

import java.util.Set;

/**
 * A prompt, ready to be answered.
 *
 * @param text what the model sees, but for the tokenizer's own leading tokens
 * @param ids {@code [P]} token ids
 * @param notes what is to be told of it, each as it goes on after "In 3 rows"; mostly none
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
public record PromptText(String text, int[] ids, Set<String> notes) {
    public PromptText {
        notes = Set.copyOf(notes);
    }
}
