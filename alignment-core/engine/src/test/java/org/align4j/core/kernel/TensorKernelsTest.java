package org.align4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

class TensorKernelsTest {
    @Test
    void floatsAreReadWhereTheyLie() {
        try (Scope scope = Engine.cpu().open()) {
            NDArray tensor = scope.floats(new float[] {1, 2, 3, 4}, 2, 2);
            FloatBuffer read = TensorKernels.floats(scope, tensor);
            TensorKernels.fill(scope, tensor, scope.floats(new float[] {5, 6, 7, 8}, 2, 2));
            assertThat(values(read)).containsExactly(5, 6, 7, 8);
        }
    }

    @Test
    void floatsOfAnotherDtypeOrOrderAreACopy() {
        try (Scope scope = Engine.cpu().open()) {
            NDArray tensor = scope.floats(new float[] {1, 2, 3, 4.5f}, 2, 2);
            NDArray rounded = TensorKernels.cast(scope, tensor, Dtype.BF16);
            assertThat(values(TensorKernels.floats(scope, rounded))).containsExactly(1, 2, 3, 4.5f);
            NDArray turned = DecoderKernels.transposed(scope, tensor);
            assertThat(values(TensorKernels.floats(scope, turned))).containsExactly(1, 3, 2, 4.5f);
        }
    }

    @Test
    void floatsAreOverwrittenInTheirOrder() {
        try (Scope scope = Engine.cpu().open()) {
            NDArray first = scope.floats(new float[] {1, 2, 3, 4}, 2, 2);
            NDArray second = scope.floats(new float[] {5, 6}, 2);
            FloatBuffer values =
                    FloatBuffer.wrap(new float[] {0, 10, -0f, 30, 40, 50, 60}).position(1);
            TensorKernels.overwrite(scope, first, values);
            TensorKernels.overwrite(scope, second, values);
            assertThat(first.toFloatArray()).containsExactly(10, -0f, 30, 40);
            assertThat(second.toFloatArray()).containsExactly(50, 60);
            assertThat(values.hasRemaining()).isFalse();
        }
    }

    private static float[] values(FloatBuffer buffer) {
        float[] values = new float[buffer.remaining()];
        buffer.duplicate().get(values);
        return values;
    }
}
