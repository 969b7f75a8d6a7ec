package org.align4j.core.eval;

/**
 * What a run did to the model's command of general text: perplexity on the guard text before and after.
 *
 * @param before perplexity of the starting model
 * @param after perplexity of the trained one
 */
public record Forgetting(double before, double after) {
    /** The rise from which on {@link #alarm()} holds: 5 %. */
    public static final double ALARM_FRACTION = 0.05;

    public Forgetting {
        if (!(before >= 1 && before < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "The perplexity before is " + before + " but a perplexity is finite and at least 1.");
        }
    }

    /** Relative change: 0.07 for a perplexity that rose by 7 %. */
    public double increaseFraction() {
        return after / before - 1;
    }

    /** Whether the perplexity rose by 5 % or more, or is no longer a number. */
    public boolean alarm() {
        return !(increaseFraction() < ALARM_FRACTION);
    }
}
