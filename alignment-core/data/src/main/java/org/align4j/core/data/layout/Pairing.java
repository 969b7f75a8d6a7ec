package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.List;

/** Says which pairs come from a row with several graded answers. */
public enum Pairing {
    /** One pair: the best answer against the worst. */
    BEST_WORST,
    /** Each answer against each one below it. */
    ALL,
    /** Each answer against the next one below it. */
    ADJACENT;

    /**
     * Two answers by their places among the best to the worst.
     *
     * @param better the place of the better answer
     * @param worse the place of the worse one, behind it
     */
    public record Places(int better, int worse) {}

    /** Chooses the pairs of so many answers, sorted from the best to the worst. */
    public List<Places> places(int answers) {
        List<Places> pairs = new ArrayList<>();
        switch (this) {
            case BEST_WORST -> pairs.add(new Places(0, answers - 1));
            case ADJACENT -> {
                for (int a = 1; a < answers; a++) {
                    pairs.add(new Places(a - 1, a));
                }
            }
            case ALL -> {
                for (int a = 0; a < answers; a++) {
                    for (int b = a + 1; b < answers; b++) {
                        pairs.add(new Places(a, b));
                    }
                }
            }
        }
        return pairs;
    }
}
