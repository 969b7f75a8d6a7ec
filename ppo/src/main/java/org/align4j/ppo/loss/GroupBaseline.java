package org.align4j.ppo.loss;

import java.util.Arrays;

/** Advantages of responses to the same prompt from each other's scores, without a critic. */
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
     * The advantages.
     *
     * @param scores {@code [P][G]} scores of G responses to each of P prompts
     * @return {@code [P][G]}
     */
    double[][] advantages(double[][] scores);

    /** One number a response spread over its tokens. */
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

        /** The standard deviation. */
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
}
