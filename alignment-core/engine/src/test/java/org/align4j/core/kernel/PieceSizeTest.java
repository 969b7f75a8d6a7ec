package org.align4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made piece by piece is the same, bit for bit, in pieces of a CPU's cache, of one block's values and of a GPU's size. */
class PieceSizeTest {
    private static final long OF_CPU = 1 << 20;
    private static final int ROWS = 80;
    private static final int COLUMNS = 128;

    private final Random random = new Random(5);

    private NDArray integers(Scope scope, int count, int least, int most, String dtype) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = least + random.nextInt(most - least + 1);
        }
        return scope.call("cast", scope.floats(values), scope.places(dtype.equals("int16") ? 2 : 1));
    }

    private NDArray factors(Scope scope, long... shape) {
        int count = (int) java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        float[] values = new float[count];
        IntStream.range(0, count).forEach(i -> values[i] = 0.5f + random.nextFloat());
        return scope.floats(values, shape);
    }

    private static float[] values(Scope scope, NDArray x) {
        return TensorKernels.toFloats(scope, x);
    }

    @ParameterizedTest
    @ValueSource(longs = {256, 4096, 20_000, 1L << 28})
    void piecesOfAnySizeGiveOneResult(long piece) {
        try (Scope scope = Engine.cpu().open()) {
            int blocks = ROWS * COLUMNS / 64;
            NDArray shape = scope.ownPlaces(ROWS, COLUMNS);
            NDArray bf16 = scope.places(Dtype.BF16.code());
            NDArray constants = factors(scope, blocks);
            NDArray words = QuantizationKernels.nf4Words(scope, factors(scope, 16));
            NDArray nf4 = integers(scope, 16 * blocks, -32_768, 32_767, "int16");
            NDArray int8 = integers(scope, 64 * blocks, -127, 127, "int8");
            NDArray fp8 = scope.call("cast", factors(scope, 2, ROWS / 2, COLUMNS), scope.places(Dtype.F8_E4M3.code()));
            NDArray scales = factors(scope, 2, 3, 2);
            NDArray finite = factors(scope, 5000);
            float[][] results = new float[2][];
            for (String kernel : new String[] {"nf4", "int8", "fp8", "finite"}) {
                for (int i = 0; i < 2; i++) {
                    NDArray size = scope.ownPlaces(i == 0 ? OF_CPU : piece);
                    NDArray made = switch (kernel) {
                        case "nf4" -> scope.call("dequantize_nf4", nf4, words, constants, shape, bf16, size);
                        case "int8" -> scope.call("dequantize_int8", int8, constants, shape, bf16, size);
                        case "fp8" ->
                            scope.call("dequantize_fp8", fp8, scales, scope.places(16), scope.places(100), bf16, size);
                        default -> scope.call("all_finite", finite, size);
                    };
                    results[i] = values(scope, made);
                }
                assertThat(results[1]).as(kernel).isEqualTo(results[0]);
            }
        }
    }

    /** A number that is not finite is found in the first piece, in the last, and in the one piece that there is. */
    @ParameterizedTest
    @ValueSource(ints = {0, 99})
    void whatIsNotFiniteIsFoundInEveryPiece(int place) {
        try (Scope scope = Engine.cpu().open()) {
            float[] values = new float[100];
            values[place] = Float.NaN;
            for (long piece : new long[] {8, 1000}) {
                NDArray answer = scope.call("all_finite", scope.floats(values), scope.ownPlaces(piece));
                assertThat(answer.getBoolean()).isFalse();
            }
        }
    }
}
