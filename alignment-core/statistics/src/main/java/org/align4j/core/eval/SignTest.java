package org.align4j.core.eval;

import org.apache.commons.math3.distribution.BinomialDistribution;

/**
 * The exact sign test of paired measurements, which for measurements of 0 and 1 is McNemar's exact test: were neither better, each pair
 * that differs would fall to either side with probability 0.5.
 *
 * @param higher pairs whose second measurement is higher
 * @param lower pairs whose second measurement is lower
 */
public record SignTest(int higher, int lower) {
    public SignTest {
        if (higher < 0 || lower < 0) {
            throw new IllegalArgumentException(
                    higher + " higher and " + lower + " lower pairs; neither can be below 0.");
        }
    }

    /** Counts the pairs; those that are equal say nothing. */
    public static SignTest of(double[] before, double[] after) {
        if (before.length != after.length) {
            throw new IllegalArgumentException(
                    before.length + " values before but " + after.length + " after; pairs need both.");
        }
        int higher = 0;
        int lower = 0;
        for (int i = 0; i < before.length; i++) {
            higher += after[i] > before[i] ? 1 : 0;
            lower += after[i] < before[i] ? 1 : 0;
        }
        return new SignTest(higher, lower);
    }

    /** Returns the probability of a split at least as uneven, to either side, were neither better; 1 where no pair differs. */
    public double pValue() {
        if (higher == lower) {
            return 1; // both tails hold the middle
        }
        // Not the library's two-sided test, which can leave out one of two equal probabilities: 0.625 for two of three.
        // No generator: nothing is drawn from it.
        BinomialDistribution even = new BinomialDistribution(null, higher + lower, 0.5);
        return Math.min(1, 2 * even.cumulativeProbability(Math.min(higher, lower)));
    }
}
