package org.align4j.core.eval;

import org.apache.commons.math3.stat.ranking.NaNStrategy;
import org.apache.commons.math3.stat.ranking.NaturalRanking;
import org.apache.commons.math3.stat.ranking.TiesStrategy;

/** How well a score separates two kinds, whatever the threshold. */
public final class AreaUnderCurve {
    private AreaUnderCurve() {}

    /**
     * Computes the share of pairs of a positive and a negative in which the positive one scores higher, ties counting half
     * (Mann-Whitney): the area under the ROC curve. ½ says nothing, 1 everything; NaN where there is one kind alone.
     *
     * @param scores finite
     * @param positive which of them are of the kind that should score higher
     */
    public static double of(double[] scores, boolean[] positive) {
        if (scores.length != positive.length) {
            throw new IllegalArgumentException(
                    scores.length + " scores need as many kinds, not " + positive.length + ".");
        }
        double[] ranks = new NaturalRanking(NaNStrategy.FAILED, TiesStrategy.AVERAGE).rank(scores);
        double sum = 0;
        double count = 0;
        for (int i = 0; i < ranks.length; i++) {
            if (positive[i]) {
                sum += ranks[i];
                count++;
            }
        }
        double others = ranks.length - count;
        return (sum - count * (count + 1) / 2) / (count * others);
    }
}
