package org.align4j.core.data;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.data.TokenRow.TokenPart;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * Holds one prompt for which a policy makes a response.
 *
 * @param row the row's number over the whole input, from 0
 * @param prompt {@code [P]} token ids; at least one
 * @param text the prompt as text, where the row gave text or messages (as rendered)
 * @param answer what a right response says, where the row has one
 * @param fields the row's other fields by their keys in the file, the answer among them, as values of JSON; none unless they were asked for
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, below
public record PromptTokens(
        int row,
        int[] prompt,
        @Nullable String text,
        @Nullable String answer,
        Map<String, Object> fields) implements TokenRow {
    public PromptTokens {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        TokenArrays.requireSome(List.of("prompt"), prompt);
    }

    /** Makes a prompt without a right answer and other fields. */
    public PromptTokens(int row, int[] prompt, @Nullable String text) {
        this(row, prompt, text, null, Map.of());
    }

    @Override
    public int tokens() {
        return prompt.length;
    }

    @Override
    public List<TokenPart> parts() {
        return List.of(TokenPart.prompt(prompt));
    }

    /** Returns null: a prompt that is cut asks something else. */
    @Override
    public @Nullable PromptTokens keepStart(int length) {
        return null;
    }

    /** Returns null: a prompt that is cut asks something else. */
    @Override
    public @Nullable PromptTokens keepEnd(int length) {
        return null;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PromptTokens that
                && row == that.row
                && Arrays.equals(prompt, that.prompt)
                && Objects.equals(text, that.text)
                && Objects.equals(answer, that.answer)
                && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return Objects.hash(row, Arrays.hashCode(prompt), text, answer, fields);
    }

    @Override
    public String toString() {
        return "PromptTokens[row=" + row + ", prompt=" + Shortened.ids(prompt) + ", text=" + Shortened.of(text)
                + ", answer=" + answer + ", fields=" + fields.keySet() + "]";
    }
}
