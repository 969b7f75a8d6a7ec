package org.align4j.reward;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import org.align4j.core.data.PairTokens;
import org.align4j.core.error.InputException;

/**
 * Scores of a batch of B pairs, or of a part of one.
 *
 * @param chosen {@code [B]} scores of the chosen responses
 * @param rejected {@code [B]} scores of the rejected ones
 * @param margin {@code [B]} by how much the chosen score should be larger; zeros where the data say nothing, and for ties
 * @param ties {@code [B]} whether neither response is better
 */
@SuppressWarnings("ArrayRecordComponent")
record ScoredPairs(double[] chosen, double[] rejected, double[] margin, boolean[] ties) {
    public ScoredPairs {
        boolean same =
                chosen.length == rejected.length && chosen.length == margin.length && chosen.length == ties.length;
        if (!same || chosen.length == 0) {
            throw new InputException(format(
                    "A batch has %d chosen scores, %d rejected scores, %d margins and %d ties; it needs as many of each, and at least one.",
                    chosen.length, rejected.length, margin.length, ties.length));
        }
    }

    /** Makes scored pairs of preferences alone, without ties. */
    public ScoredPairs(double[] chosen, double[] rejected, double[] margin) {
        this(chosen, rejected, margin, new boolean[chosen.length]);
    }

    /** Scores of pairs without margins. */
    public static ScoredPairs of(double[] chosen, double[] rejected) {
        return new ScoredPairs(chosen, rejected, new double[chosen.length]);
    }

    /** Joins pairs with the scores of their chosen and rejected responses. */
    public static ScoredPairs of(List<PairTokens> pairs, List<double[]> scores) {
        double[] margins = new double[pairs.size()];
        boolean[] ties = new boolean[pairs.size()];
        for (int i = 0; i < margins.length; i++) {
            Double margin = pairs.get(i).margin();
            margins[i] = margin == null ? 0 : margin;
            ties[i] = pairs.get(i).tie();
        }
        return new ScoredPairs(
                scores.stream().mapToDouble(both -> both[0]).toArray(),
                scores.stream().mapToDouble(both -> both[1]).toArray(),
                margins,
                ties);
    }

    /** Counts the pairs. */
    public int size() {
        return chosen.length;
    }

    /** Counts the pairs that have a better response. */
    public int preferences() {
        int count = 0;
        for (boolean tie : ties) {
            count += tie ? 0 : 1;
        }
        return count;
    }

    /** Counts the preferences whose chosen response has the larger score: equal scores count as wrong. */
    public int right() {
        int right = 0;
        for (int i = 0; i < chosen.length; i++) {
            right += !ties[i] && chosen[i] > rejected[i] ? 1 : 0;
        }
        return right;
    }

    /** The share of {@link #right} among the {@link #preferences}; NaN where all are ties. */
    public double accuracy() {
        return preferences() == 0 ? Double.NaN : (double) right() / preferences();
    }

    /** Returns by how much the chosen scores of the {@link #preferences} are larger, on average; NaN where all are ties. */
    public double meanMargin() {
        double sum = 0;
        for (int i = 0; i < chosen.length; i++) {
            sum += ties[i] ? 0 : chosen[i] - rejected[i];
        }
        return sum / preferences();
    }
}
