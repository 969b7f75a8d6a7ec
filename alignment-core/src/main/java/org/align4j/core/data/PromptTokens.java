package org.align4j.core.data;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One prompt to answer.
 *
 * @param row the row's number over the whole input, from 0
 * @param prompt {@code [P]} token ids; at least one
 * @param text the prompt as text, where the row gave text or messages (as rendered)
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, below
public record PromptTokens(int row, int[] prompt, @Nullable String text) implements TokenRow {
    public PromptTokens {
        TokenArrays.requireSome("prompt", prompt);
    }

    @Override
    public int tokens() {
        return prompt.length;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PromptTokens that
                && row == that.row
                && Arrays.equals(prompt, that.prompt)
                && Objects.equals(text, that.text);
    }

    @Override
    public int hashCode() {
        return Objects.hash(row, Arrays.hashCode(prompt), text);
    }

    @Override
    public String toString() {
        return "PromptTokens[row=" + row + ", prompt=" + Arrays.toString(prompt) + ", text=" + text + "]";
    }
}
