package org.align4j.reward;

import java.util.Arrays;
import java.util.Locale;
import org.align4j.core.autodiff.Logistic;

/** How the scores of an answer's steps, each the probability of being right, become the answer's. */
enum Aggregate {
    /** An answer's score is its weakest step's (Math-Shepherd, Wang et al. 2024). */
    MIN,
    /** The probability that all steps are right, were they independent (Lightman et al. 2023); falls with every further step. */
    PRODUCT,
    /** An answer's score is its last step's. */
    LAST;

    /**
     * The answer's score, between 0 and 1.
     *
     * @param logOdds of each step, at least one
     */
    double score(double[] logOdds) {
        return switch (this) {
            case MIN -> Logistic.sigmoid(Arrays.stream(logOdds).min().orElseThrow());
            case PRODUCT ->
                Math.exp(Arrays.stream(logOdds).map(Logistic::logSigmoid).sum());
            case LAST -> Logistic.sigmoid(logOdds[logOdds.length - 1]);
        };
    }

    /** The name as the command line spells it. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
