package org.align4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import java.util.Random;
import org.align4j.core.kernel.HeadKernels.Choices;
import org.align4j.core.kernel.HeadKernels.Scores;
import org.align4j.core.kernel.HeadKernels.Shaping;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A head in bf16 whose products are computed in fp32 is restored by the kernels: as a whole, which has the bits of one that was restored
 * before, or a piece of the vocabulary at a time, which adds in another order. The larger vocabulary has 17 pieces, the last of them short.
 */
class RestoredHeadTest {
    private static final int ROWS = 5;
    private static final int CHUNK = 3;
    private static final int LARGE = 33_000;

    private static int width(int vocabulary) {
        return vocabulary == LARGE ? 1024 : 16;
    }

    private static NDArray random(Scope scope, int seed, int rows, int columns) {
        Random random = new Random(seed);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (random.nextFloat() - 0.5f) / 4;
        }
        return scope.floats(values, rows, columns);
    }

    private static void assertAlike(NDArray found, NDArray expected, boolean bits) {
        float[] one = found.toFloatArray();
        float[] other = expected.toFloatArray();
        assertThat(one).hasSameSizeAs(other);
        double distance = 0;
        double size = 0;
        for (int i = 0; i < one.length; i++) {
            distance += Math.pow(one[i] - (double) other[i], 2);
            size += Math.pow(other[i], 2);
        }
        assertThat(size).isPositive();
        assertThat(Math.sqrt(distance / size)).isLessThan(bits ? Double.MIN_VALUE : 1e-6);
    }

    @ParameterizedTest
    @ValueSource(ints = {300, LARGE})
    void itsFiguresAreThoseOfTheHeadInFp32(int vocabulary) {
        boolean bits = vocabulary < LARGE;
        int width = width(vocabulary);
        Shaping shaping = new Shaping(30, 0.7);
        try (Scope scope = Engine.cpu().open()) {
            NDArray h = random(scope, 1, ROWS, width);
            NDArray other = random(scope, 2, ROWS, width);
            NDArray stored = TensorKernels.copy(scope, random(scope, 3, vocabulary, width), Dtype.BF16);
            NDArray whole = TensorKernels.copy(scope, stored, Dtype.F32);
            NDArray targets = scope.longs(0, vocabulary - 1, 7, vocabulary / 2, 1);

            Scores found = HeadKernels.score(scope, h, stored, targets, CHUNK, true, shaping);
            Scores right = HeadKernels.score(scope, h, whole, targets, CHUNK, true, shaping);
            assertAlike(found.logProbs(), right.logProbs(), bits);
            assertAlike(found.entropies(), right.entropies(), bits);
            assertAlike(found.unitGradients(), right.unitGradients(), bits);

            Choices chosen = HeadKernels.choices(scope, h, stored, targets, CHUNK, true, shaping);
            Choices rightly = HeadKernels.choices(scope, h, whole, targets, CHUNK, true, shaping);
            assertAlike(chosen.logProbs(), rightly.logProbs(), bits);
            NDArray one = scope.floats(new float[] {1, -2, 3, 0.5f, 1}, ROWS);
            assertAlike(
                    HeadKernels.choicesBackward(scope, stored, targets, chosen, one),
                    HeadKernels.choicesBackward(scope, whole, targets, rightly, one),
                    bits);

            Shaping capped = new Shaping(30, 1);
            HeadKernels.Divergences apart = HeadKernels.divergence(scope, h, other, stored, CHUNK, true, capped);
            HeadKernels.Divergences rightApart = HeadKernels.divergence(scope, h, other, whole, CHUNK, true, capped);
            assertAlike(apart.unitGradients(), rightApart.unitGradients(), bits);

            NDArray none = scope.zeros(1);
            assertAlike(
                    HeadKernels.entropyBackward(scope, h, stored, one, none, CHUNK, shaping),
                    HeadKernels.entropyBackward(scope, h, whole, one, none, CHUNK, shaping),
                    bits);
        }
    }
}
