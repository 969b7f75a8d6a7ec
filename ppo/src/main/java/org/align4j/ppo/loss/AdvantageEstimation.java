package org.align4j.ppo.loss;

/**
 * Generalised advantage estimation (Schulman et al. 2015): {@code δ_t = r_t + γ V_{t+1} - V_t}, {@code A_t = δ_t + γ λ
 * A_{t+1}}, the value after the last position being 0.
 *
 * @param gamma γ, the discount; 1 is usual for responses
 * @param lambda λ, from one-step differences (0) to whole returns (1)
 * @see <a href="https://arxiv.org/abs/1506.02438">Schulman et al. 2015, Generalized advantage estimation</a>
 */
public record AdvantageEstimation(double gamma, double lambda) {
    /**
     * Computes the advantages from rewards and values.
     *
     * @param rewards {@code [B][P]} rewards of the positions
     * @param values {@code [B][P]} the critic's values
     * @return {@code [B][P]}
     */
    public double[][] advantages(double[][] rewards, double[][] values) {
        double[][] advantages = new double[rewards.length][];
        for (int i = 0; i < rewards.length; i++) {
            advantages[i] = advantages(rewards[i], values[i]);
        }
        return advantages;
    }

    private double[] advantages(double[] rewards, double[] values) {
        double[] advantages = new double[rewards.length];
        double nextAdvantage = 0;
        double nextValue = 0;
        for (int t = rewards.length - 1; t >= 0; t--) {
            double difference = rewards[t] + gamma * nextValue - values[t];
            nextAdvantage = difference + gamma * lambda * nextAdvantage;
            nextValue = values[t];
            advantages[t] = nextAdvantage;
        }
        return advantages;
    }

    /** What the critic should have said: advantages plus values, {@code [B][P]}. */
    public static double[][] returns(double[][] advantages, double[][] values) {
        double[][] returns = new double[values.length][];
        for (int i = 0; i < values.length; i++) {
            returns[i] = new double[values[i].length];
            for (int t = 0; t < returns[i].length; t++) {
                returns[i][t] = advantages[i][t] + values[i][t];
            }
        }
        return returns;
    }
}
