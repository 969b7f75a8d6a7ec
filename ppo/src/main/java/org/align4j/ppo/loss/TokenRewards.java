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

    /**
     * Computes the reward of every token where each turn of a response has one of its own, which counts at the turn's last token.
     *
     * @param kl {@code [B][T]} KL estimates of the tokens that the policy drew
     * @param turnRewards {@code [B][turns]}
     * @param turnLengths {@code [B][turns]} tokens of each turn
     * @param klCoefficient what a nat of divergence costs
     * @return {@code [B][T]}
     */
    public static double[][] ofTurns(double[][] kl, double[][] turnRewards, int[][] turnLengths, double klCoefficient) {
        double[][] rewards = of(kl, new double[kl.length], new boolean[kl.length], klCoefficient);
        for (int i = 0; i < rewards.length; i++) {
            int end = 0;
            for (int turn = 0; turn < turnRewards[i].length; turn++) {
                end += turnLengths[i][turn];
                rewards[i][end - 1] += turnRewards[i][turn];
            }
        }
        return rewards;
    }
}
