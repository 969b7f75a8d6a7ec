package org.align4j.core.data.convert;

import java.util.ArrayList;
import java.util.List;

/** The pairs that are made of several graded answers. */
public enum PairChoice {
    /** The best answer with the worst one. */
    BEST_WORST,
    /** Each answer with each other one. */
    ALL,
    /** Each answer with the next worse one. */
    ADJACENT;

    /**
     * Two answers by their places among the best to the worst.
     *
     * @param better the place of the better answer
     * @param worse the place of the worse one, behind it
     */
    record Places(int better, int worse) {}

    /** Chooses pairs among so many answers, sorted from the best to the worst. */
    List<Places> of(int answers) {
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
