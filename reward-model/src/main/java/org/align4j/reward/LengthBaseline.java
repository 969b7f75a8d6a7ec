package org.align4j.reward;

import java.util.List;
import org.align4j.core.data.PairTokens;

/**
 * Prefers one side by its length alone.
 *
 * @param longerIsBetter which side
 */
record LengthBaseline(boolean longerIsBetter) {

    /** Learns the side that most of the training pairs of unequal length prefer; ties among these leave the longer side. */
    public static LengthBaseline of(List<PairTokens> training) {
        int balance = training.stream()
                .filter(pair -> !pair.tie())
                .mapToInt(pair -> Integer.signum(pair.chosen().length - pair.rejected().length))
                .sum();
        return new LengthBaseline(balance >= 0);
    }
}
