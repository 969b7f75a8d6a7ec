package org.align4j.ppo.loss;

import java.util.Arrays;

/**
 * Advantages of turns without a critic, by GRPO's process supervision (Shao et al. 2024, section 4.1.3): the rewards of all turns of a group are
 * compared with each other, and a turn's advantage is the sum of what is left of its own reward and of those of later turns.
 */
public final class TurnCredit {
    private TurnCredit() {}

    /**
     * Computes the advantage of every token.
     *
     * @param baseline what the rewards of a group's turns are compared by
     * @param rewards {@code [P * G][turns]} the turns' rewards
     * @param lengths {@code [P * G][turns]} tokens that the policy drew in each turn
     * @param samples G
     * @return {@code [P * G][T]}
     */
    public static double[][] perToken(GroupBaseline baseline, double[][] rewards, int[][] lengths, int samples) {
        double[][] groups = new double[rewards.length / samples][];
        for (int p = 0; p < groups.length; p++) {
            groups[p] = Arrays.stream(rewards, p * samples, (p + 1) * samples)
                    .flatMapToDouble(Arrays::stream)
                    .toArray();
        }
        double[][] compared = baseline.advantages(groups);
        double[][] tokens = new double[rewards.length][];
        for (int i = 0, at = 0; i < tokens.length; i++) {
            at = i % samples == 0 ? 0 : at;
            int turns = rewards[i].length;
            tokens[i] = spread(Arrays.copyOfRange(compared[i / samples], at, at + turns), lengths[i]);
            at += turns;
        }
        return tokens;
    }

    private static double[] spread(double[] rewards, int[] lengths) {
        double[] tokens = new double[Arrays.stream(lengths).sum()];
        int end = tokens.length;
        double later = 0;
        for (int turn = rewards.length - 1; turn >= 0; turn--) {
            later += rewards[turn];
            Arrays.fill(tokens, end - lengths[turn], end, later);
            end -= lengths[turn];
        }
        return tokens;
    }
}
