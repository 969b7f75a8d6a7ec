package org.align4j.ppo.loss;

/**
 * Estimates KL(π ‖ π_ref) from one token's log-ratio x = log π − log π_ref (Schulman 2020).
 *
 * @see <a href="http://joschu.net/blog/kl-approx.html">Schulman 2020, Approximating KL divergence</a>
 */
@FunctionalInterface
public interface KlEstimator {
    /** x: unbiased, may be negative. */
    KlEstimator K1 = x -> x;

    /** x² / 2: biased, never negative, of low variance. */
    KlEstimator K2 = x -> x * x / 2;

    /** e^-x − 1 + x: unbiased and never negative. */
    KlEstimator K3 = x -> Math.expm1(-x) + x;

    /** The estimate for one token, in nats. */
    double of(double logRatio);

    /** The estimates for the tokens of each response, {@code [B][T]}. */
    default double[][] of(double[][] policy, double[][] reference) {
        double[][] estimates = new double[policy.length][];
        for (int i = 0; i < policy.length; i++) {
            estimates[i] = new double[policy[i].length];
            for (int t = 0; t < policy[i].length; t++) {
                estimates[i][t] = of(policy[i][t] - reference[i][t]);
            }
        }
        return estimates;
    }
}
