package org.align4j.core.data;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.align4j.core.data.TokenRow.TokenPart;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * One preference: two answers to the same prompt.
 *
 * @param row the row's number over the whole input, from 0
 * @param prompt {@code [P]} token ids that both answers follow; at least one
 * @param chosen {@code [C]} token ids of the better answer; at least one
 * @param rejected {@code [R]} token ids of the other; at least one
 * @param margin how much better, where the row says so
 * @param tie whether neither answer is better; chosen is then the one that comes first
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, below
public record PairTokens(
        int row,
        int[] prompt,
        int[] chosen,
        int[] rejected,
        @Nullable Double margin,
        boolean tie) implements TokenRow {
    public PairTokens {
        TokenArrays.requireSome(List.of("prompt", "chosen", "rejected"), prompt, chosen, rejected);
    }

    /** Makes a preference for {@code chosen}. */
    public PairTokens(int row, int[] prompt, int[] chosen, int[] rejected, @Nullable Double margin) {
        this(row, prompt, chosen, rejected, margin, false);
    }

    /** Returns whether both answers are the same, so that neither can be preferred. */
    public boolean sidesEqual() {
        return Arrays.equals(chosen, rejected);
    }

    /** Returns this pair with other tokens, as cutting leaves them. */
    public PairTokens with(int[] newPrompt, int[] newChosen, int[] newRejected) {
        return new PairTokens(row, newPrompt, newChosen, newRejected, margin, tie);
    }

    /** Returns this pair as a tie. */
    public PairTokens asTie() {
        return new PairTokens(row, prompt, chosen, rejected, margin, true);
    }

    @Override
    public int tokens() {
        return prompt.length + chosen.length + rejected.length;
    }

    @Override
    public List<TokenPart> parts() {
        return List.of(
                TokenPart.prompt(prompt), TokenPart.answer("chosen", chosen), TokenPart.answer("rejected", rejected));
    }

    @Override
    public int longest() {
        return prompt.length + Math.max(chosen.length, rejected.length);
    }

    @Override
    public PairTokens keepStart(int length) {
        int room = length - prompt.length;
        return with(prompt, TokenArrays.start(chosen, room), TokenArrays.start(rejected, room));
    }

    @Override
    public @Nullable PairTokens keepEnd(int length) {
        int[] kept = TokenArrays.end(prompt, longest() - length);
        return kept == null ? null : with(kept, chosen, rejected);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PairTokens that
                && row == that.row
                && Arrays.equals(prompt, that.prompt)
                && Arrays.equals(chosen, that.chosen)
                && Arrays.equals(rejected, that.rejected)
                && Objects.equals(margin, that.margin)
                && tie == that.tie;
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                row, Arrays.hashCode(prompt), Arrays.hashCode(chosen), Arrays.hashCode(rejected), margin, tie);
    }

    @Override
    public String toString() {
        return "PairTokens[row=" + row + ", prompt=" + Shortened.ids(prompt) + ", chosen=" + Shortened.ids(chosen)
                + ", rejected=" + Shortened.ids(rejected) + ", margin=" + margin + ", tie=" + tie + "]";
    }
}
