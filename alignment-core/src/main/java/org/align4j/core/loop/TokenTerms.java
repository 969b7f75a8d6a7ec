package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.align4j.core.loop.TokenLoss.Drawn;
import org.align4j.core.loop.TokenLoss.Figures;
import org.align4j.core.loop.TokenLoss.Ratios;
import org.align4j.core.loop.TokenLoss.Value;
import org.jspecify.annotations.Nullable;

/** Sums what the targets of a sequence add to a loss. */
final class TokenTerms {
    private final double[][] derivatives;
    private double loss;
    private long tokens;

    /**
     * Begins with nothing.
     *
     * @param logProbs {@code [T][K]} for their shape
     */
    TokenTerms(double[][] logProbs) {
        this.derivatives = new double[logProbs.length][];
        for (int t = 0; t < logProbs.length; t++) {
            derivatives[t] = new double[logProbs[t].length];
        }
    }

    /** Does something at each target. */
    @FunctionalInterface
    interface EachTarget {
        void at(int t, int k);
    }

    /** What a target of log-probability p, drawn with q, of advantage a adds. */
    @FunctionalInterface
    interface OfTarget {
        Term of(double p, double q, double a);
    }

    /**
     * What one target adds to a loss of ratios.
     *
     * @param loss its part
     * @param derivative by p
     * @param ratio r
     * @param clipped whether the clip took effect
     */
    record Term(double loss, double derivative, double ratio, boolean clipped) {
        /** Adds the lesser of {@code r a} and the same with r between two bounds. */
        static Term clipped(double r, double a, double low, double high) {
            double bounded = Math.max(low, Math.min(high, r)) * a;
            return r * a <= bounded ? new Term(-r * a, -r * a, r, false) : new Term(-bounded, 0, r, true);
        }
    }

    static void requireBounds(double low, double high) {
        if (!(low >= 0 && low <= high && high < Double.POSITIVE_INFINITY)) {
            throw new InputException(format(
                    "The ratio is clipped to %s and %s, but the first must be 0 or more and not above the second; 0.8 and 1.2 are usual.",
                    low, high));
        }
    }

    /** Sums a loss over the targets of some advantage. */
    static Value ofRatios(double[][] logProbs, Drawn drawn, OfTarget loss) {
        TargetShape shape = TargetShape.of(logProbs);
        shape.require("logprobs", drawn.logProbs());
        shape.require("advantages", drawn.advantages());
        TokenTerms terms = new TokenTerms(logProbs);
        Ratios ratios = Ratios.NONE;
        for (int t = 0; t < logProbs.length; t++) {
            for (int k = 0; k < logProbs[t].length; k++) {
                double a = drawn.advantages()[t][k];
                if (a != 0) {
                    double p = logProbs[t][k];
                    double q = drawn.logProbs()[t][k];
                    Term term = loss.of(p, q, a);
                    terms.add(t, k, term.loss, term.derivative, true);
                    ratios = ratios.plus(new Ratios(term.ratio, term.ratio, term.ratio, term.clipped ? 1 : 0, q - p));
                }
            }
        }
        return terms.value(ratios);
    }

    void each(EachTarget target) {
        for (int t = 0; t < derivatives.length; t++) {
            for (int k = 0; k < derivatives[t].length; k++) {
                target.at(t, k);
            }
        }
    }

    void add(int t, int k, double part, double derivative, boolean counts) {
        loss += part;
        derivatives[t][k] = derivative;
        tokens += counts ? 1 : 0;
        if (!Double.isFinite(loss) || !Float.isFinite((float) derivative)) {
            throw new InputException(format(
                    "The loss at position %,d is %s with derivative %s, but both must be finite; look at the logprobs, weights and"
                            + " advantages there. Nothing was added to the gradient.",
                    t, part, derivative));
        }
    }

    Value value(@Nullable Ratios ratios) {
        return new Value(loss, derivatives, new Figures(loss, tokens, ratios));
    }
}
