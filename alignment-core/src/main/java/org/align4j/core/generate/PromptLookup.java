package org.align4j.core.generate;

import java.util.Arrays;

/**
 * Guesses how an answer goes on from what its text said before (prompt look-up, Saxena 2023): where the last tokens stood earlier in prompt or
 * answer, those that followed them are a draft. A pass reads the draft along with the token that is due; tokens that the model then chooses
 * itself keep it, the first other one ends it. So an answer has the very tokens that it has without drafts, and quotes cost fewer passes.
 */
final class PromptLookup {
    /** Tokens that a draft may have. */
    static final int MOST = 15;

    /** Tokens of the end that are looked for, the more telling number first. */
    private static final int[] ENDS = {3, 2};

    /** Tokens that a draft has while nothing says that guesses are good. */
    private static final int AT_FIRST = 1;

    private int length = AT_FIRST;

    /**
     * Guesses the next tokens.
     *
     * @param ids the text so far; the array may be longer
     * @param count tokens of the text
     * @param free tokens that cost nothing, since the pass is filled up to as many rows anyway
     * @param most tokens that are of use
     * @return {@code [D]} ids, none where nothing like the end stood earlier
     */
    int[] draft(int[] ids, int count, int free, int most) {
        int tokens = Math.min(Math.max(length, free), most);
        if (tokens <= 0) {
            return new int[0];
        }
        for (int end : ENDS) {
            int after = after(ids, count, end);
            if (after >= 0) {
                return Arrays.copyOfRange(ids, after, Math.min(count, after + tokens));
            }
        }
        return new int[0];
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
        length = tokens == drafted ? Math.min(MOST, 2 * drafted) : Math.max(AT_FIRST, tokens);
    }
}
