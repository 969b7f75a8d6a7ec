package org.align4j.core.data;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.align4j.core.data.TokenRow.TokenPart;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * Holds one text for supervised training.
 *
 * @param row the row's number over the whole input, from 0
 * @param ids {@code [T]} token ids
 * @param trained {@code [T]} which of them count in the loss; one after the first token does, at least
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, below
public record TextTokens(int row, int[] ids, boolean[] trained) implements TokenRow {
    public TextTokens {
        if (trained.length != ids.length) {
            throw new IllegalArgumentException(
                    ids.length + " ids need as many trained flags, not " + trained.length + ".");
        }
        if (!learnable(trained)) {
            throw new IllegalArgumentException("Row " + row + " has no trained token after its first.");
        }
    }

    /** Whether a token after the first counts, so that there is something to predict it from. */
    public static boolean learnable(boolean[] trained) {
        for (int t = 1; t < trained.length; t++) {
            if (trained[t]) {
                return true;
            }
        }
        return false;
    }

    /** The tokens that count in the loss; the first token of a text cannot, nothing precedes it. */
    public int trainedTokens() {
        int count = 0;
        for (int t = 1; t < trained.length; t++) {
            count += trained[t] ? 1 : 0;
        }
        return count;
    }

    @Override
    public int[] prompt() {
        return Arrays.copyOf(ids, firstTrained());
    }

    private int firstTrained() {
        int t = 0;
        while (t < trained.length && !trained[t]) {
            t++;
        }
        return t;
    }

    @Override
    public int tokens() {
        return ids.length;
    }

    @Override
    public List<TokenPart> parts() {
        return List.of(new TokenPart("text", ids, place -> trained[place]));
    }

    @Override
    public @Nullable TextTokens keepStart(int length) {
        return part(0, length);
    }

    @Override
    public @Nullable TextTokens keepEnd(int length) {
        return part(ids.length - length, ids.length);
    }

    private @Nullable TextTokens part(int from, int to) {
        boolean[] kept = Arrays.copyOfRange(trained, from, to);
        return learnable(kept) ? new TextTokens(row, Arrays.copyOfRange(ids, from, to), kept) : null;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TextTokens that
                && row == that.row
                && Arrays.equals(ids, that.ids)
                && Arrays.equals(trained, that.trained);
    }

    @Override
    public int hashCode() {
        return Objects.hash(row, Arrays.hashCode(ids), Arrays.hashCode(trained));
    }

    @Override
    public String toString() {
        return "TextTokens[row=" + row + ", ids=" + Shortened.ids(ids) + ", trained tokens " + trainedTokens() + "]";
    }
}
