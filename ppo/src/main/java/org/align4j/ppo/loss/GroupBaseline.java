package org.align4j.ppo.loss;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/**
 * Advantages of responses to the same prompt from each other's scores, without a critic.
 *
 * @see <a href="https://arxiv.org/abs/2402.03300">Shao et al. 2024, DeepSeekMath (GRPO)</a>
 * @see <a href="https://arxiv.org/abs/2503.20783">Liu et al. 2025, Understanding R1-Zero-like training (Dr. GRPO)</a>
 * @see <a href="https://arxiv.org/abs/2402.14740">Ahmadian et al. 2024, Back to basics (RLOO)</a>
 */
@FunctionalInterface
public interface GroupBaseline {
    /** What a spread is enlarged by before something is divided by it. */
    double SPREAD_EPSILON = 1e-4;

    /** GRPO (Shao et al. 2024): less the group's mean, over the group's standard deviation. */
    GroupBaseline GROUP_SCALED = scores -> Groups.scaled(Groups.centred(scores), scores);

    /** The score less the group's mean, over the standard deviation of all scores in the batch. */
    GroupBaseline BATCH_SCALED =
            scores -> Groups.divided(Groups.centred(scores), Moments.of(scores).deviation());

    /** Dr. GRPO (Liu et al. 2025): just less the group's mean. */
    GroupBaseline UNSCALED = Groups::centred;

    /** RLOO (Ahmadian et al. 2024): less the mean of the other responses. */
    GroupBaseline LEAVE_ONE_OUT = Groups::leftOut;

    /** RLOO, brought to mean 0 and standard deviation 1 over the batch. */
    GroupBaseline LEAVE_ONE_OUT_NORMALISED = scores -> Groups.normalised(Groups.leftOut(scores));

    /**
     * Computes the advantages from the scores of each group.
     *
     * @param scores {@code [P][G]} scores of G responses to each of P prompts
     * @return {@code [P][G]}
     */
    double[][] advantages(double[][] scores);

    /**
     * Adds up several rewards of which none outweighs another by its spread (GDPO, Liu et al. 2026, arXiv 2601.05242): each reward less
     * its group's mean, over its group's standard deviation, times its weight.
     *
     * @param rewards {@code [R][P][G]} what R rewards gave G responses to each of P prompts
     * @param weights {@code [R]}
     * @return {@code [P][G]} sums, of mean 0 in each group; {@link #BATCH_SCALED} makes GDPO's advantages of them
     */
    static double[][] normalisedSums(double[][][] rewards, double[] weights) {
        double[][] sums = new double[rewards[0].length][rewards[0][0].length];
        for (int r = 0; r < rewards.length; r++) {
            double[][] normalised = GROUP_SCALED.advantages(rewards[r]);
            for (int p = 0; p < sums.length; p++) {
                for (int g = 0; g < sums[p].length; g++) {
                    sums[p][g] += weights[r] * normalised[p][g];
                }
            }
        }
        return sums;
    }

    /** One number per response spread over its tokens. */
    static double[][] perToken(double[] advantages, int[] lengths) {
        double[][] tokens = new double[lengths.length][];
        for (int i = 0; i < lengths.length; i++) {
            tokens[i] = new double[lengths[i]];
            Arrays.fill(tokens[i], advantages[i]);
        }
        return tokens;
    }

    /**
     * Mean and variance of numbers, over all rows together.
     *
     * @param mean their mean
     * @param variance their unbiased variance (divided by one less than their number); 0 for a single number
     */
    record Moments(double mean, double variance) {
        private static final double WHITENING_EPSILON = 1e-8;

        /** The moments of all numbers. */
        public static Moments of(double[]... rows) {
            long count = Arrays.stream(rows).mapToLong(row -> row.length).sum();
            double mean = Arrays.stream(rows).flatMapToDouble(Arrays::stream).sum() / count;
            double squares = Arrays.stream(rows)
                    .flatMapToDouble(Arrays::stream)
                    .map(x -> (x - mean) * (x - mean))
                    .sum();
            return new Moments(mean, count == 1 ? 0 : squares / (count - 1));
        }

        /** Returns the standard deviation of the scores. */
        public double deviation() {
            return Math.sqrt(variance);
        }

        /** All rows brought to mean 0 and variance 1. */
        public static double[][] whiten(double[][] rows) {
            Moments moments = of(rows);
            return whiten(rows, moments, 0);
        }

        /** All rows brought to variance 1, their mean kept. */
        public static double[][] whitenKeepingMean(double[][] rows) {
            Moments moments = of(rows);
            return whiten(rows, moments, moments.mean());
        }

        private static double[][] whiten(double[][] rows, Moments moments, double newMean) {
            double scale = 1 / Math.sqrt(moments.variance() + WHITENING_EPSILON);
            return Arrays.stream(rows)
                    .map(row -> Arrays.stream(row)
                            .map(x -> (x - moments.mean()) * scale + newMean)
                            .toArray())
                    .toArray(double[][]::new);
        }
    }

    /** Arithmetic on the scores of groups, {@code [P][G]}. */
    static final class Groups {
        private Groups() {}

        static double[][] centred(double[][] scores) {
            return less(scores, group -> Moments.of(group).mean());
        }

        private static double[][] less(double[][] scores, ToDoubleFunction<double[]> baseline) {
            return Arrays.stream(scores)
                    .map(group -> {
                        double less = baseline.applyAsDouble(group);
                        return Arrays.stream(group).map(score -> score - less).toArray();
                    })
                    .toArray(double[][]::new);
        }

        static double[][] scaled(double[][] values, double[][] scores) {
            double[][] scaled = new double[values.length][];
            for (int i = 0; i < values.length; i++) {
                scaled[i] = divided(
                        new double[][] {values[i]}, Moments.of(scores[i]).deviation())[0];
            }
            return scaled;
        }

        static double[][] divided(double[][] values, double deviation) {
            return Arrays.stream(values)
                    .map(group -> Arrays.stream(group)
                            .map(value -> value / (deviation + GroupBaseline.SPREAD_EPSILON))
                            .toArray())
                    .toArray(double[][]::new);
        }

        static double[][] leftOut(double[][] scores) {
            return Arrays.stream(scores)
                    .map(group -> {
                        double sum = Arrays.stream(group).sum();
                        return Arrays.stream(group)
                                .map(score -> score - (sum - score) / (group.length - 1))
                                .toArray();
                    })
                    .toArray(double[][]::new);
        }

        static double[][] normalised(double[][] values) {
            Moments moments = Moments.of(values);
            return divided(less(values, group -> moments.mean()), moments.deviation());
        }
    }
}
