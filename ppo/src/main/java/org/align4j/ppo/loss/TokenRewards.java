package org.align4j.ppo.loss;

/**
 * The reward of every token: the penalty for leaving the reference, and the response's score at its end. A response that
 * stopped before its limit has one position more than tokens, the state after its stop token: there the score counts, and
 * there the critic has a value. A response that ran into its limit gets the score at its last token.
 */
public final class TokenRewards {
    private TokenRewards() {}

    /**
     * Computes the reward of every token.
     *
     * @param kl {@code [B][T]} KL estimates of the tokens
     * @param scores {@code [B]} the responses' scores
     * @param stopped {@code [B]} whether there is a position after the last token
     * @param klCoefficient what a nat of divergence costs
     * @return {@code [B][T or T+1]}
     */
    public static double[][] of(double[][] kl, double[] scores, boolean[] stopped, double klCoefficient) {
        double[][] rewards = new double[kl.length][];
        for (int i = 0; i < kl.length; i++) {
            int positions = kl[i].length + (stopped[i] ? 1 : 0);
            rewards[i] = new double[positions];
            for (int t = 0; t < kl[i].length; t++) {
                rewards[i][t] = -klCoefficient * kl[i][t];
            }
            rewards[i][positions - 1] += scores[i];
        }
        return rewards;
    }
}
