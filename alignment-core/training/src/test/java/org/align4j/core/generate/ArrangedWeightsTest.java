package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.align4j.core.family.Families;
import org.align4j.core.generate.AnswerQueue.Limits;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.StepKernels;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.BaseModel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the trial of a shape says holds for other numbers: on some processors copies round as the matrices do, on others not. */
class ArrangedWeightsTest {
    private static final int ROWS = 32;
    private static final float BF16_STEPS = 0.02f;

    @ParameterizedTest
    @CsvSource({"64, 128", "576, 1536", "960, 576", "4096, 576"})
    void theTrialTells(int outputs, int inputs) {
        Engine engine = Engine.cpu();
        assumeTrue(StepKernels.arranges(engine));
        try (Scope scope = engine.open()) {
            NDArray weight = normal(scope, 1, outputs, inputs);
            NDArray x = normal(scope, 2, 2 * ROWS, inputs);
            NDArray copy = StepKernels.arrange(scope, weight, ROWS);
            float[] own = TensorKernels.toFloats(
                    scope, DecoderKernels.linear(scope, DecoderKernels.rowRange(scope, x, 0, ROWS), weight));
            float[] arranged = products(scope, x, copy, ROWS);
            if (StepKernels.roundsAlike(scope, List.of(weight), ROWS)) {
                assertThat(arranged).isEqualTo(own);
            } else {
                for (int i = 0; i < own.length; i++) {
                    assertThat(arranged[i])
                            .isCloseTo(
                                    own[i], org.assertj.core.data.Offset.offset(Math.abs(own[i]) * BF16_STEPS + 1e-3f));
                }
                assertThat(Arrays.copyOf(products(scope, x, copy, 2 * ROWS), own.length))
                        .isEqualTo(arranged);
                assertThat(products(scope, x, copy, 1)).isEqualTo(Arrays.copyOf(arranged, outputs));
            }
        }
    }

    /** A queue in bf16 reads copies where the library arranges them, and its rows keep their bits in any company; one in fp32 has none. */
    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"F32", "BF16"})
    void aQueueHasCopiesForRoundedWeights(Dtype dtype) {
        Path model = Path.of(System.getProperty("align4j.root"), "data", "demo", "model");
        Limits limits = new Limits(10, 4, 1L << 26, Duration.ofSeconds(60));
        try (BaseModel base = BaseModel.load(model, Families.decoder(model), dtype, Engine.cpu());
                AnswerQueue queue = new AnswerQueue(base, AnswerEnds.ofTokens(2), 64, limits)) {
            boolean arranges = dtype == Dtype.BF16 && StepKernels.arranges(base.engine());
            long matrices = base.decoder().linears().stream()
                    .mapToLong(linear -> linear.weight().elements())
                    .sum();
            long head = base.decoder().head().elements();
            assertThat(queue.copiedBytes()).isEqualTo(arranges ? Dtype.BF16.bytes() * (matrices + head) : 0);
            assertThat(queue.base().exact()).isTrue();
        }
    }

    private static float[] products(Scope scope, NDArray x, NDArray copy, int rows) {
        return StepKernels.linear(scope, DecoderKernels.rowRange(scope, x, 0, rows), copy)
                .toFloatArray();
    }

    private static NDArray normal(Scope scope, int seed, int rows, int columns) {
        Random random = new Random(seed);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return TensorKernels.cast(scope, scope.floats(values, rows, columns), Dtype.BF16);
    }
}
