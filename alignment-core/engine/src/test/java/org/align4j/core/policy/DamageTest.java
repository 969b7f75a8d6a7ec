package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.policy.AdamW.Settings;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One number of one weight or moment among many that is none is found and named. */
class DamageTest {
    private static final int SIZE = 1000;

    @ParameterizedTest
    @CsvSource({
        "weight, NaN, The weight b",
        "weight, -Infinity, The weight b",
        "first, NaN, The first moment of b",
        "first, Infinity, The first moment of b",
        "second, NaN, The second moment of b",
        "second, Infinity, The second moment of b",
        "second, -1e-9, A second moment",
        "weight, 3e38, ''",
        "first, -3e38, ''",
        "second, 3e38, ''"
    })
    void isFoundAndNamed(String where, float value, String expected) {
        try (Scope scope = Engine.cpu().open()) {
            Trainables trainables = new Trainables(scope.inner());
            trainables.add("a", "a", scope.floats(new float[SIZE], SIZE), true, Dtype.F32);
            trainables.add("b", "b", scope.floats(new float[SIZE], SIZE), false, Dtype.F32);
            AdamW optimizer = new AdamW(trainables, new Settings(0.9, 0.99, 1e-6, 0), scope.inner());
            assertThat(optimizer.damage()).isEmpty();
            NDArray tensor = switch (where) {
                case "weight" -> trainables.members().get(1).master();
                case "first" -> optimizer.firstMoments().get(1);
                default -> optimizer.secondMoments().get(1);
            };
            float[] values = new float[SIZE];
            values[SIZE - 3] = value;
            TensorKernels.fill(scope, tensor, scope.floats(values, SIZE));
            assertThat(optimizer.damage().orElse("")).isEqualTo(expected);
        }
    }
}
