package org.align4j.core.eval;

import static org.align4j.core.error.RootFormat.format;

/**
 * The learning rate that is usual for a method and a model: what {@code --learning-rate auto} becomes, and what warnings measure a
 * rate by.
 *
 * <p>{@code rate = ofLargeModels * 4096 / width}, at least {@code ofLargeModels} and at most 32 times that. With Adam every weight moves by
 * about the rate in a step, whatever its gradient, and an output sums over the width: the best rate falls as models grow wider, about as
 * 1 / width (Yang et al. 2021, Tensor Programs V). Width 128 takes 32 times the rate of width 4096; for narrower models nothing was
 * measured, and {@code auto} goes no further.
 *
 * @param ofLargeModels the usual rate of the command and method at a width of 4096 or more
 * @param width the model's hidden size
 */
public record UsualRate(double ofLargeModels, int width) {
    private static final double LARGE = 4096;
    private static final double MOST = 32;

    /** Checks ranges. */
    public UsualRate {
        if (!(ofLargeModels > 0) || width < 1) {
            throw new IllegalArgumentException(
                    "A rate of " + ofLargeModels + " and a width of " + width + "; both must be positive.");
        }
    }

    /** The rate itself, the one for {@code auto}. */
    public double rate() {
        return ofLargeModels * Math.min(MOST, factor());
    }

    /** The rate where narrow models take more without end: beyond ten times that a warning comes. */
    double highest() {
        return ofLargeModels * factor();
    }

    private double factor() {
        return Math.max(1, LARGE / width);
    }

    /** The rate and where it comes from, as a run prints it. */
    public String text() {
        String rate = Warnings.brief(rate());
        return width >= LARGE
                ? format("learning-rate auto is %s, the usual one for this method.", rate)
                : format(
                        "learning-rate auto is %s: for this method %s at width 4096, %.3g times that at width %d.",
                        rate, Warnings.brief(ofLargeModels), Math.min(MOST, factor()), width);
    }
}
