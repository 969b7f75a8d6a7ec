package org.align4j.core.generate;

import java.io.Serializable;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * Holds one response that the model generated.
 *
 * @param prompt what was answered
 * @param sample the answer's number among those to this prompt, from 0
 * @param ids {@code [C]} tokens, the one that ended it included
 * @param text the answer without special tokens, cut before a stop text; null where the model has no tokenizer
 * @param endReason why it has no more tokens
 */
@SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
public record Completion(
        PromptTokens prompt,
        int sample,
        int[] ids,
        @Nullable String text,
        EndReason endReason) implements Serializable {
    /** Why an answer has no more tokens. */
    public enum EndReason {
        /** The model's own token for the end came. */
        END,
        /** A stop text came. */
        STOP,
        /** The answer has as many tokens as it may have. */
        LENGTH
    }

    /** Makes an answer that ended by the model's own token, or was cut at the limit of its length. */
    public Completion(PromptTokens prompt, int sample, int[] ids, @Nullable String text, boolean finished) {
        this(prompt, sample, ids, text, finished ? EndReason.END : EndReason.LENGTH);
    }

    /** Whether it came to its end, rather than to the limit of its length. */
    public boolean finished() {
        return endReason != EndReason.LENGTH;
    }

    /** Writes the answer, shortened, and its ids. */
    @Override
    public String toString() {
        return "Completion[\"" + Shortened.of(text) + "\", ids " + Shortened.ids(ids) + (finished() ? "" : ", cut")
                + "]";
    }
}
