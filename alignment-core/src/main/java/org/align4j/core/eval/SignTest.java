package org.align4j.core.eval;

import org.apache.commons.math3.stat.inference.AlternativeHypothesis;
import org.apache.commons.math3.stat.inference.BinomialTest;

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
        int differing = higher + lower;
        if (higher == lower) {
            return 1; // the library counts the middle of an even split twice
        }
        return new BinomialTest().binomialTest(differing, higher, 0.5, AlternativeHypothesis.TWO_SIDED);
    }
}
