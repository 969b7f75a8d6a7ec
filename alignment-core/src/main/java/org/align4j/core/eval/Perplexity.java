package org.align4j.core.eval;

/**
 * How surprised a model is by a text: exp of the mean negative log-probability of its tokens.
 *
 * @param summedLogProbability over all scored tokens, in nats
 * @param tokens how many tokens that were
 */
public record Perplexity(double summedLogProbability, long tokens) {
    public Perplexity {
        if (tokens < 1) {
            throw new IllegalArgumentException("A perplexity over " + tokens + " tokens has no value; it needs one.");
        }
    }

    /** Sums token log-probabilities in nats. */
    public static Perplexity of(double[] tokenLogProbabilities) {
        double sum = 0;
        for (double logProbability : tokenLogProbabilities) {
            sum += logProbability;
        }
        return new Perplexity(sum, tokenLogProbabilities.length);
    }

    /** Returns the perplexity of both texts as one. */
    public Perplexity plus(Perplexity other) {
        return new Perplexity(summedLogProbability + other.summedLogProbability, tokens + other.tokens);
    }

    /** The perplexity, 1 for a text the model was sure of. */
    public double value() {
        return Math.exp(-summedLogProbability / tokens);
    }
}
