package org.align4j.core.pack;

import static org.align4j.core.error.RootFormat.format;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.RunException;

/**
 * How many tokens go into one forward. Work that is refused memory is done again with half of them, which gives the same result
 * up to rounding; who plans forwards asks again each time.
 */
public final class TokenBudget {
    private final int begun;
    private int longestRow;
    private final Consumer<String> log;
    private int tokens;

    /**
     * Starts with a number of tokens for each forward.
     *
     * @param tokens to begin with
     * @param longestRow tokens of the largest thing that can't be split: halving ends there
     * @param log hears of every change
     */
    public TokenBudget(int tokens, int longestRow, Consumer<String> log) {
        this.begun = tokens;
        this.tokens = tokens;
        this.longestRow = longestRow;
        this.log = log;
    }

    /** Makes a budget that never changes. */
    public static TokenBudget of(int tokens) {
        return new TokenBudget(tokens, Integer.MAX_VALUE, sentence -> {});
    }

    /** Tokens in one forward, as of now. */
    public int tokens() {
        return tokens;
    }

    /** Tokens in one forward to begin with. */
    public int begun() {
        return begun;
    }

    /** Something of so many tokens can't be split either. */
    public void noteRow(int rowTokens) {
        longestRow = Math.max(longestRow, rowTokens);
    }

    /** Whether the budget was reduced because memory was refused. */
    public boolean isReduced() {
        return tokens < begun;
    }

    /** Goes back to what a checkpoint says. */
    public void restore(int saved) {
        tokens = saved;
    }

    /**
     * Does work, again and again with half the tokens while memory is refused.
     *
     * @param work starts from nothing each time, and asks {@link #tokens}
     * @throws RunException if not even the longest row has room
     */
    public <T> T withinMemory(Supplier<T> work) {
        while (true) {
            try {
                return work.get();
            } catch (MemoryException refused) {
                halve(refused);
            }
        }
    }

    private void halve(MemoryException refused) {
        if (tokens <= longestRow) {
            throw new RunException(
                    format(
                            "Out of memory with one row of up to %d tokens in a forward (micro-batch-tokens %d)."
                                    + " Lower max-length, use recompute true, a smaller dtype or fewer lora-targets,"
                                    + " or a machine with more memory.",
                            longestRow, tokens),
                    refused);
        }
        int before = tokens;
        tokens = Math.max(longestRow, tokens / 2);
        log.accept(format("Out of memory with micro-batch-tokens %d: the same rows again with %d.", before, tokens));
    }
}
