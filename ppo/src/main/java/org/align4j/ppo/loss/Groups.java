package org.align4j.ppo.loss;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.align4j.ppo.loss.GroupBaseline.Moments;

/** Arithmetic on the scores of groups, {@code [P][G]}. */
final class Groups {
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
            scaled[i] =
                    divided(new double[][] {values[i]}, Moments.of(scores[i]).deviation())[0];
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
