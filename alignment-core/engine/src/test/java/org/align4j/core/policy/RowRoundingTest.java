package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.Random;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Linear;
import org.junit.jupiter.api.Test;

class RowRoundingTest {
    private static final int MOST = 256;

    @Test
    void fullPrecisionIsNotAsked() {
        try (BaseModel base = TinyPolicies.base(Dtype.F32)) {
            assertThat(RowRounding.alikeFrom(base, MOST)).isOne();
        }
    }

    @Test
    void expertsNeverHaveTheSameNumberOfRows() {
        try (BaseModel base = TinyPolicies.base("mixtral", Dtype.BF16)) {
            assertThat(RowRounding.alikeFrom(base, MOST)).isEqualTo(Integer.MAX_VALUE);
        }
    }

    /** Rows that are all distinct, read in Java. */
    @Test
    void fromThereOnARowHasTheSameBits() {
        try (BaseModel base = TinyPolicies.base(Dtype.BF16)) {
            int from = RowRounding.alikeFrom(base, MOST);
            assertThat(from).isBetween(1, MOST);
            for (Linear linear : base.decoder().linears()) {
                try (Scope scope = base.engine().open()) {
                    NDArray x = random(scope, linear.inputs());
                    NDArray w = base.value(scope, linear.weight());
                    float[] all = TensorKernels.toFloats(scope, DecoderKernels.linear(scope, x, w));
                    for (int rows = from / 64 * 64 + 64; rows < MOST; rows += 64) {
                        NDArray fewer = DecoderKernels.linear(scope, DecoderKernels.rowRange(scope, x, 0, rows), w);
                        assertThat(TensorKernels.toFloats(scope, fewer))
                                .isEqualTo(Arrays.copyOf(all, rows * linear.outputs()));
                    }
                }
            }
        }
    }

    @Test
    void oneNumberMakesTensorsDiffer() {
        try (BaseModel base = TinyPolicies.base(Dtype.F32);
                Scope scope = base.engine().open()) {
            NDArray x = scope.floats(1, 2, 3);
            assertThat(TensorKernels.areEqual(scope, x, scope.floats(1, 2, 3))).isTrue();
            assertThat(TensorKernels.areEqual(scope, x, scope.floats(1, 2, 4))).isFalse();
        }
    }

    private static NDArray random(Scope scope, int columns) {
        Random random = new Random(11);
        float[] values = new float[MOST * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return TensorKernels.copy(scope, scope.floats(values, MOST, columns), Dtype.BF16);
    }
}
