package org.align4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Capped logits in every kernel of the head, against nested loops over doubles and their central differences. */
class SoftCapTest {
    private static final int ROWS = 3;
    private static final int HIDDEN = 4;
    private static final int VOCABULARY = 5;
    private static final HeadKernels.Shaping SHAPING = new HeadKernels.Shaping(1.5, 0.7);
    private static final long[] TARGETS = {1, 4, 0};

    private final double[] hidden = randoms(1, ROWS * HIDDEN);
    private final double[] other = randoms(2, ROWS * HIDDEN);
    private final double[] weight = randoms(3, VOCABULARY * HIDDEN);

    private static double[] randoms(long seed, int count) {
        Random random = new Random(seed);
        return random.doubles(count).map(x -> (float) (2 * x - 1)).toArray();
    }

    private static double[] logProbs(double[] h, double[] w, int row, double temperature) {
        double[] z = new double[VOCABULARY];
        double sum = 0;
        for (int v = 0; v < VOCABULARY; v++) {
            double dot = 0;
            for (int i = 0; i < HIDDEN; i++) {
                dot += h[row * HIDDEN + i] * w[v * HIDDEN + i];
            }
            z[v] = SHAPING.cap() * Math.tanh(dot / SHAPING.cap()) / temperature;
            sum += Math.exp(z[v]);
        }
        double log = Math.log(sum);
        return Arrays.stream(z).map(value -> value - log).toArray();
    }

    private static double entropy(double[] logProbs) {
        return -Arrays.stream(logProbs).map(p -> Math.exp(p) * p).sum();
    }

    /** The sum over rows of (row + 1) times a number of each row. */
    private static double weighted(ToDoubleFunction<Integer> ofRow) {
        double sum = 0;
        for (int row = 0; row < ROWS; row++) {
            sum += (row + 1) * ofRow.applyAsDouble(row);
        }
        return sum;
    }

    private static double[] differences(double[] at, ToDoubleFunction<double[]> function) {
        double[] gradient = new double[at.length];
        for (int i = 0; i < at.length; i++) {
            double[] above = at.clone();
            double[] below = at.clone();
            above[i] += 1e-5;
            below[i] -= 1e-5;
            gradient[i] = (function.applyAsDouble(above) - function.applyAsDouble(below)) / 2e-5;
        }
        return gradient;
    }

    private static NDArray matrix(Scope scope, double[] values, int columns) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return scope.floats(floats, values.length / columns, columns);
    }

    private static void near(NDArray actual, double[] expected) {
        float[] values = actual.toFloatArray();
        assertThat(values).hasSize(expected.length);
        for (int i = 0; i < values.length; i++) {
            assertThat((double) values[i]).isCloseTo(expected[i], within(1e-5));
        }
    }

    private static NDArray rowWeights(Scope scope) {
        return scope.floats(1, 2, 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void scoresAndTheirGradients(int chunk) {
        ToDoubleFunction<double[]> ofHidden =
                h -> weighted(row -> logProbs(h, weight, row, SHAPING.temperature())[(int) TARGETS[row]]);
        ToDoubleFunction<double[]> ofWeight =
                w -> weighted(row -> logProbs(hidden, w, row, SHAPING.temperature())[(int) TARGETS[row]]);
        try (Scope scope = Engine.cpu().open()) {
            NDArray h = matrix(scope, hidden, HIDDEN);
            NDArray w = matrix(scope, weight, HIDDEN);
            NDArray targets = scope.longs(TARGETS);
            HeadKernels.Scores scores = HeadKernels.score(scope, h, w, targets, chunk, true, SHAPING);
            double[] expected = new double[ROWS];
            double[] entropies = new double[ROWS];
            for (int row = 0; row < ROWS; row++) {
                double[] logProbs = logProbs(hidden, weight, row, SHAPING.temperature());
                expected[row] = logProbs[(int) TARGETS[row]];
                entropies[row] = entropy(logProbs);
            }
            near(scores.logProbs(), expected);
            near(scores.entropies(), entropies);
            double[] gradient = differences(hidden, ofHidden);
            near(scores.unitGradients().mul(rowWeights(scope).reshape(ROWS, 1)), gradient);
            NDArray dw = scope.zeros(VOCABULARY, HIDDEN);
            near(HeadKernels.backward(scope, h, w, targets, rowWeights(scope), dw, chunk, SHAPING), gradient);
            near(dw, differences(weight, ofWeight));
        }
    }

    @Test
    void entropiesGradient() {
        ToDoubleFunction<double[]> ofHidden =
                h -> weighted(row -> entropy(logProbs(h, weight, row, SHAPING.temperature())));
        try (Scope scope = Engine.cpu().open()) {
            NDArray h = matrix(scope, hidden, HIDDEN);
            NDArray w = matrix(scope, weight, HIDDEN);
            NDArray dw = scope.zeros(VOCABULARY, HIDDEN);
            near(
                    HeadKernels.entropyBackward(scope, h, w, rowWeights(scope), dw, 2, SHAPING),
                    differences(hidden, ofHidden));
            near(
                    dw,
                    differences(
                            weight, x -> weighted(row -> entropy(logProbs(hidden, x, row, SHAPING.temperature())))));
        }
    }

    private double divergence(double[] h, int row) {
        double[] own = logProbs(h, weight, row, 1);
        double[] reference = logProbs(other, weight, row, 1);
        double sum = 0;
        for (int v = 0; v < VOCABULARY; v++) {
            sum += Math.exp(reference[v]) * (reference[v] - own[v]);
        }
        return sum;
    }

    @Test
    void divergencesAndTheirGradient() {
        try (Scope scope = Engine.cpu().open()) {
            HeadKernels.Divergences found = HeadKernels.divergence(
                    scope,
                    matrix(scope, hidden, HIDDEN),
                    matrix(scope, other, HIDDEN),
                    matrix(scope, weight, HIDDEN),
                    2,
                    true,
                    new HeadKernels.Shaping(SHAPING.cap(), 1));
            near(found.values(), new double[] {divergence(hidden, 0), divergence(hidden, 1), divergence(hidden, 2)});
            near(
                    found.unitGradients().mul(rowWeights(scope).reshape(ROWS, 1)),
                    differences(hidden, h -> weighted(row -> divergence(h, row))));
        }
    }

    @Test
    void noCapLeavesLogitsAsTheyAre() {
        try (Scope scope = Engine.cpu().open()) {
            NDArray logits = scope.floats(3, -4);
            assertThat(HeadKernels.capped(scope, logits, 0)).isSameAs(logits);
            near(HeadKernels.capped(scope, logits, 2), new double[] {2 * Math.tanh(1.5), 2 * Math.tanh(-2)});
        }
    }
}
