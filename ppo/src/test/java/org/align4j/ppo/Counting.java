package org.align4j.ppo;

import org.align4j.core.data.PromptTokens;
import org.align4j.core.environment.Environment;

/**
 * An environment of three turns: it adds its seed's parity to the prompt, answers with the number of letters, and rewards vowels. A turn with
 * {@link #WORD} makes it throw.
 */
public final class Counting implements Environment {
    static final String WORD = "q";

    private int turns;

    @Override
    public String reset(PromptTokens row, long seed) {
        turns = 0;
        return "s" + seed % 2;
    }

    @Override
    public Step step(String action) {
        if (action.contains(WORD)) {
            throw new IllegalStateException("no q here.");
        }
        turns++;
        long vowels =
                action.chars().filter(letter -> "aeiou".indexOf(letter) >= 0).count();
        return new Step("n" + action.length() % 10, vowels, turns == 3);
    }
}
