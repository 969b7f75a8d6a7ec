package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.eval.Thresholds;

/**
 * By how much the mean of a measure must move to count.
 *
 * @param size in the measure's unit
 * @param reason what it is
 */
record Bar(double size, String reason) {
    /**
     * Takes a part of the measure's spread before training, and never less than a change of the perplexity that seeds make.
     *
     * @param before the measure of each row before training
     * @param tokens that the measure is a sum over, 1 where it is per token
     */
    static Bar of(double[] before, double tokens) {
        double spread = Thresholds.DEVIATIONS * Thresholds.deviation(before);
        double least = Thresholds.LOSS_NATS * tokens;
        return spread > least
                ? new Bar(spread, "a tenth of its standard deviation before training")
                : new Bar(least, "0.01 nats per token");
    }

    /** {@code 0.143, a tenth of its standard deviation before training}. */
    String text() {
        return format("%.3g, %s", size, reason);
    }
}
