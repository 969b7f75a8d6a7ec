package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.policy.AdamW.Settings;
import org.align4j.core.policy.Trainables.Trainable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** AdamW against the paper's steps written out in doubles, for a tensor that decays and one that doesn't. */
class AdamWTest {
    private static final int SIZE = 37;
    private static final double[] RATES = {1e-3, 0, 5e-3, 2e-3, 1e-2};

    /** Loshchilov and Hutter 2017, Algorithm 2, with the moments corrected for their start at zero. */
    private static final class Oracle {
        private final Settings settings;
        private final double weightDecay;
        private final double[] values;
        private final double[] first = new double[SIZE];
        private final double[] second = new double[SIZE];
        private int step;

        Oracle(Settings settings, double weightDecay, float[] start) {
            this.settings = settings;
            this.weightDecay = weightDecay;
            this.values = new double[SIZE];
            Arrays.setAll(values, i -> start[i]);
        }

        void apply(float[] gradient, double rate, double scale) {
            step++;
            for (int i = 0; i < SIZE; i++) {
                double g = gradient[i] * scale;
                first[i] = settings.beta1() * first[i] + (1 - settings.beta1()) * g;
                second[i] = settings.beta2() * second[i] + (1 - settings.beta2()) * g * g;
                double mean = first[i] / (1 - Math.pow(settings.beta1(), step));
                double square = second[i] / (1 - Math.pow(settings.beta2(), step));
                values[i] -= rate * weightDecay * values[i];
                values[i] -= rate * mean / (Math.sqrt(square) + settings.epsilon());
            }
        }
    }

    private static float[] random(Random random, double size) {
        float[] values = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            values[i] = (float) (size * random.nextGaussian());
        }
        return values;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.1})
    void severalStepsFollowTheOracle(double weightDecay) {
        Settings settings = new Settings(0.9, 0.99, 1e-6, weightDecay);
        Random random = new Random(1);
        float[] decaying = random(random, 1);
        float[] steady = random(random, 1);
        try (Scope scope = Engine.cpu().open()) {
            Trainables trainables = new Trainables(scope.inner());
            trainables.add("w", "w", scope.floats(decaying, SIZE), true, Dtype.F32);
            trainables.add("b", "b", scope.floats(steady, SIZE), false, Dtype.BF16);
            AdamW optimizer = new AdamW(trainables, settings, scope.inner());
            List<Oracle> oracles =
                    List.of(new Oracle(settings, weightDecay, decaying), new Oracle(settings, 0, steady));
            for (double rate : RATES) {
                float[][] gradients = {random(random, 0.1), random(random, 1e-4)};
                double scale = 0.5 + random.nextDouble() / 2;
                for (int member = 0; member < 2; member++) {
                    fill(scope, trainables.members().get(member), gradients[member]);
                    oracles.get(member).apply(gradients[member], rate, scale);
                }
                assertThat(optimizer.gradientNorm()).isCloseTo(norm(gradients), within(1e-6));
                optimizer.apply(rate, scale);
            }
            assertThat(optimizer.steps()).isEqualTo(RATES.length);
            for (int member = 0; member < 2; member++) {
                assertFollows(scope, trainables.members().get(member), oracles.get(member));
            }
        }
    }

    private static void fill(Scope scope, Trainable member, float[] gradient) {
        try (Scope inner = scope.inner()) {
            TensorKernels.fill(inner, member.gradient(), inner.floats(gradient, SIZE));
        }
    }

    private static double norm(float[][] gradients) {
        return Math.sqrt(Arrays.stream(gradients)
                .mapToDouble(part -> {
                    double squares = 0;
                    for (float value : part) {
                        squares += (double) value * value;
                    }
                    return squares;
                })
                .sum());
    }

    /** Values within float32's rounding; the leaf is the master in the compute dtype. */
    private static void assertFollows(Scope scope, Trainable member, Oracle oracle) {
        float[] master = TensorKernels.toFloats(scope, member.master());
        float[] leaf = TensorKernels.toFloats(scope, member.leaf());
        for (int i = 0; i < SIZE; i++) {
            assertThat((double) master[i]).as("%s[%d]", member.name(), i).isCloseTo(oracle.values[i], within(2e-6));
            assertThat(leaf[i]).isCloseTo(master[i], within(Math.abs(master[i]) / 256));
        }
    }
}
