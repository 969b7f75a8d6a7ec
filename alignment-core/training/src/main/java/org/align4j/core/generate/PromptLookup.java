package org.align4j.core.generate;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Guesses how an answer goes on from what its text said before (prompt look-up, Saxena 2023): where the last tokens stood earlier in prompt or
 * answer, those that followed them are a draft. A pass reads the draft along with the token that is due; tokens that the model then chooses
 * itself keep it, the first other one ends it. So an answer has the very tokens that it has without drafts, and quotes cost fewer passes.
 */
final class PromptLookup {
    /** Tokens that a draft may have. */
    static final int MOST = 15;

    /** Tokens of the end that are looked for, more of them first. */
    private static final int[] ENDS = {3, 2};

    /** Right guesses in a row after which a draft may have more tokens than are free. */
    private static final int SURE = 2;

    private int length = 1;
    private int guessed;
    private int guessedAt = -1;
    private int right;

    /**
     * Guesses the next tokens, once for each length of the text. Where no tokens are free, guesses are only watched until some were right.
     *
     * @param ids the text so far; the array may be longer
     * @param count tokens of the text
     * @param free tokens that cost nothing, since the pass is filled up to as many rows anyway
     * @param most tokens that are of use
     * @return {@code [D]} ids, none where nothing like the end stood earlier
     */
    int[] draft(int[] ids, int count, int free, int most) {
        right = guessedAt >= 0 && guessedAt < count && ids[guessedAt] == guessed ? right + 1 : 0;
        int after = after(ids, count);
        guessedAt = after < 0 ? -1 : count;
        guessed = after < 0 ? 0 : ids[after];
        int tokens = Math.min(right >= SURE ? Math.max(length, free) : free, most);
        return after < 0 || tokens <= 0 ? new int[0] : Arrays.copyOfRange(ids, after, Math.min(count, after + tokens));
    }

    private static int after(int[] ids, int count) {
        return IntStream.of(ENDS)
                .map(end -> after(ids, count, end))
                .filter(after -> after >= 0)
                .findFirst()
                .orElse(-1);
    }

    /** Returns the position after the newest earlier place of the last tokens; -1: there is none. */
    private static int after(int[] ids, int count, int end) {
        for (int from = count - end - 1; from >= 0; from--) {
            if (Arrays.equals(ids, from, from + end, ids, count - end, count)) {
                return from + end;
            }
        }
        return -1;
    }

    /** Hears how many tokens of a draft were kept: the next one is twice as long where all were, else as long as what was kept. */
    void kept(int tokens, int drafted) {
        length = tokens == drafted ? Math.min(MOST, 2 * drafted) : Math.max(1, tokens);
    }
}
