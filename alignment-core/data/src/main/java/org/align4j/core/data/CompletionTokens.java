package org.align4j.core.data;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.align4j.core.data.TokenRow.TokenPart;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * Holds one response to a prompt, perhaps with a label.
 *
 * @param row the row's number over the whole input, from 0
 * @param prompt {@code [P]} token ids; at least one
 * @param completion {@code [C]} token ids of the answer; at least one
 * @param label whether the answer is desirable, where the row says so
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, below
public record CompletionTokens(
        int row, int[] prompt, int[] completion, @Nullable Boolean label) implements TokenRow {
    public CompletionTokens {
        TokenArrays.requireSome(List.of("prompt", "completion"), prompt, completion);
    }

    /**
     * Whether the answer is desirable.
     *
     * @throws IllegalStateException where the row has no label; rows read as labelled completions all have one
     */
    public boolean desirable() {
        if (label == null) {
            throw new IllegalStateException("Row " + row + " has no label; read the rows as labelled completions.");
        }
        return label;
    }

    @Override
    public int tokens() {
        return prompt.length + completion.length;
    }

    @Override
    public List<TokenPart> parts() {
        return List.of(TokenPart.prompt(prompt), TokenPart.answer("completion", completion));
    }

    @Override
    public CompletionTokens keepStart(int length) {
        return new CompletionTokens(row, prompt, TokenArrays.start(completion, length - prompt.length), label);
    }

    @Override
    public @Nullable CompletionTokens keepEnd(int length) {
        int[] kept = TokenArrays.end(prompt, tokens() - length);
        return kept == null ? null : new CompletionTokens(row, kept, completion, label);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CompletionTokens that
                && row == that.row
                && Arrays.equals(prompt, that.prompt)
                && Arrays.equals(completion, that.completion)
                && Objects.equals(label, that.label);
    }

    @Override
    public int hashCode() {
        return Objects.hash(row, Arrays.hashCode(prompt), Arrays.hashCode(completion), label);
    }

    @Override
    public String toString() {
        return "CompletionTokens[row=" + row + ", prompt=" + Shortened.ids(prompt) + ", completion="
                + Shortened.ids(completion) + ", label=" + label + "]";
    }
}
