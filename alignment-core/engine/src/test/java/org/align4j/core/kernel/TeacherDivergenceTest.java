package org.align4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.align4j.core.kernel.HeadKernels.TeacherDivergences;
import org.align4j.core.kernel.HeadKernels.TeacherMeasure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TeacherDivergences from a teacher against a row computed by hand, nested loops over doubles, and their central differences. */
class TeacherDivergenceTest {
    private static final int ROWS = 4;
    private static final int VOCABULARY = 9;
    private static final double LN2 = Math.log(2);
    private static final double LN3 = Math.log(3);

    private static TeacherDivergences divergences(
            Scope scope, double[][] student, double[][] teacher, TeacherMeasure measure) {
        return HeadKernels.teacherDivergence(scope, matrix(scope, student), matrix(scope, teacher), measure, true);
    }

    private static NDArray matrix(Scope scope, double[][] rows) {
        float[] flat = new float[rows.length * rows[0].length];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = (float) rows[i / rows[0].length][i % rows[0].length];
        }
        return scope.floats(flat, rows.length, rows[0].length);
    }

    private static double value(double beta, int topK) {
        double[][] teacher = {{Math.log(0.5), Math.log(0.25), Math.log(0.25)}};
        double[][] student = {{Math.log(0.125), Math.log(0.125), Math.log(0.75)}};
        try (Scope scope = Engine.cpu().open()) {
            return divergences(scope, student, teacher, new TeacherMeasure(beta, topK, 1))
                    .values()
                    .toFloatArray()[0];
        }
    }

    /**
     * p = (1/2, 1/4, 1/4), q = (1/8, 1/8, 3/4). KL(p|q) = ½ ln 4 + ¼ ln 2 − ¼ ln 3; KL(q|p) = ⅛ ln ¼ + ⅛ ln ½ + ¾ ln 3. With β = ½, m = (5/16, 3/16,
     * 1/2). The likeliest token of p alone against the others: p = (1/2, 1/2), q = (1/8, 7/8).
     */
    @Test
    void aRowByHand() {
        assertThat(value(0, 0)).isCloseTo(1.25 * LN2 - 0.25 * LN3, within(1e-6));
        assertThat(value(1, 0)).isCloseTo(0.75 * LN3 - 0.375 * LN2, within(1e-6));
        double ofTeacher = 0.5 * Math.log(8 / 5.0) + 0.25 * Math.log(4 / 3.0) + 0.25 * Math.log(0.5);
        double ofStudent = 0.125 * Math.log(2 / 5.0) + 0.125 * Math.log(2 / 3.0) + 0.75 * Math.log(1.5);
        assertThat(value(0.5, 0)).isCloseTo(0.5 * ofTeacher + 0.5 * ofStudent, within(1e-6));
        assertThat(value(0, 1)).isCloseTo(0.5 * Math.log(4) + 0.5 * Math.log(4 / 7.0), within(1e-6));
        assertThat(value(1, 1)).isCloseTo(0.125 * Math.log(0.25) + 0.875 * Math.log(7 / 4.0), within(1e-6));
    }

    /** The gradient of the forward KL by the student's logits is q − p. */
    @Test
    void theForwardKlPullsTowardsTheTeacher() {
        try (Scope scope = Engine.cpu().open()) {
            double[][] zero = {{0, 0, 0, 0}};
            double[][] teacher = {{Math.log(4), 0, 0, Math.log(2)}};
            float[] gradient = divergences(scope, zero, teacher, new TeacherMeasure(0, 0, 1))
                    .gradients()
                    .toFloatArray();
            double[] expected = {0.25 - 0.5, 0.25 - 0.125, 0.25 - 0.125, 0.25 - 0.25};
            for (int v = 0; v < expected.length; v++) {
                assertThat((double) gradient[v]).isCloseTo(expected[v], within(1e-6));
            }
        }
    }

    private static double[][] logits(long seed) {
        Random random = new Random(seed);
        return IntStream.range(0, ROWS)
                .mapToObj(r ->
                        random.doubles(VOCABULARY).map(x -> (float) (6 * x - 3)).toArray())
                .toArray(double[][]::new);
    }

    private static double[] probabilities(double[] logits, double temperature) {
        double sum = Arrays.stream(logits).map(z -> Math.exp(z / temperature)).sum();
        return Arrays.stream(logits).map(z -> Math.exp(z / temperature) / sum).toArray();
    }

    /** The outcomes that are told apart: the teacher's k likeliest tokens, and all others as one. */
    private static double[] outcomes(double[] probabilities, double[] teacherLogits, int k) {
        if (k == 0) {
            return probabilities;
        }
        int[] order = IntStream.range(0, VOCABULARY)
                .boxed()
                .sorted(Comparator.comparingDouble(v -> -teacherLogits[v]))
                .mapToInt(v -> v)
                .toArray();
        double[] told = new double[k + 1];
        for (int i = 0; i < VOCABULARY; i++) {
            told[Math.min(i, k)] += probabilities[order[i]];
        }
        return told;
    }

    private static double kl(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * Math.log(a[i] / b[i]);
        }
        return sum;
    }

    private static double oracle(double[] student, double[] teacher, TeacherMeasure measure) {
        double[] q = outcomes(probabilities(student, measure.temperature()), teacher, measure.topK());
        double[] p = outcomes(probabilities(teacher, measure.temperature()), teacher, measure.topK());
        double b = measure.beta();
        if (b == 0 || b == 1) {
            return b == 0 ? kl(p, q) : kl(q, p);
        }
        double[] m = new double[p.length];
        Arrays.setAll(m, i -> (1 - b) * q[i] + b * p[i]);
        return b * kl(p, m) + (1 - b) * kl(q, m);
    }

    private static int likeliest(double[] logits) {
        return IntStream.range(0, VOCABULARY)
                .reduce((a, b) -> logits[b] > logits[a] ? b : a)
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 1",
        "0.2, 0, 1",
        "0.5, 0, 1",
        "0.9, 0, 0.6",
        "1, 0, 1",
        "0, 3, 1",
        "0.5, 1, 1",
        "0.7, 4, 1.4",
        "1, 8, 1"
    })
    void nestedLoopsSayTheSame(double beta, int topK, double temperature) {
        double[][] student = logits(1);
        double[][] teacher = logits(2);
        TeacherMeasure measure = new TeacherMeasure(beta, topK, temperature);
        try (Scope scope = Engine.cpu().open()) {
            TeacherDivergences found = divergences(scope, student, teacher, measure);
            float[] gradients = found.gradients().toFloatArray();
            for (int row = 0; row < ROWS; row++) {
                assertThat((double) found.values().toFloatArray()[row])
                        .isCloseTo(oracle(student[row], teacher[row], measure), within(1e-5));
                assertThat(found.agreements().toFloatArray()[row])
                        .isEqualTo(likeliest(student[row]) == likeliest(teacher[row]) ? 1 : 0);
                double entropy = Arrays.stream(probabilities(student[row], temperature))
                        .map(q -> -q * Math.log(q))
                        .sum();
                assertThat((double) found.entropies().toFloatArray()[row]).isCloseTo(entropy, within(1e-5));
                for (int v = 0; v < VOCABULARY; v++) {
                    double[] above = student[row].clone();
                    double[] below = student[row].clone();
                    above[v] += 1e-5;
                    below[v] -= 1e-5;
                    double slope = (oracle(above, teacher[row], measure) - oracle(below, teacher[row], measure)) / 2e-5;
                    assertThat((double) gradients[row * VOCABULARY + v]).isCloseTo(slope, within(1e-5));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0.5, 0", "1, 0", "0.5, 3"})
    void whoIsItsTeacherHasNothingToLearn(double beta, int topK) {
        try (Scope scope = Engine.cpu().open()) {
            double[][] same = logits(3);
            TeacherDivergences found = divergences(scope, same, same, new TeacherMeasure(beta, topK, 1));
            for (float value : found.values().toFloatArray()) {
                assertThat((double) value).isCloseTo(0, within(2e-7));
            }
            for (float slope : found.gradients().toFloatArray()) {
                assertThat((double) slope).isCloseTo(0, within(2e-7));
            }
            assertThat(found.agreements().toFloatArray()).containsOnly(1);
        }
    }

    /** A student's certainty that its teacher doesn't share, and the other way round: no infinity, no NaN. */
    @ParameterizedTest
    @CsvSource({"0, 0", "0.5, 0", "1, 0", "0, 2", "0.3, 2", "1, 2"})
    void certaintiesStayFinite(double beta, int topK) {
        double[][] one = {{200, 0, 0, -300}, {0, 0, 0, 0}};
        double[][] other = {{-300, 0, 90, 200}, {500, 0, 0, 0}};
        try (Scope scope = Engine.cpu().open()) {
            TeacherDivergences found = divergences(scope, one, other, new TeacherMeasure(beta, topK, 1));
            for (float value : found.values().toFloatArray()) {
                assertThat(value).isFinite().isNotNegative();
            }
            for (float slope : found.gradients().toFloatArray()) {
                assertThat(slope).isFinite();
            }
        }
    }
}
