package org.align4j.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.util.List;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.attention.VarlenAttention;
import org.align4j.core.model.attention.VarlenTrial;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where there is a GPU: values and gradients of the library's kernels are those of the blocks, to rounding. */
class VarlenAttentionGpuTest {
    private static final PackedBatch WITHOUT_PREFIX = PackedBatch.of(List.of(
            TokenTree.of(new int[0], new int[1]),
            TokenTree.of(new int[0], new int[201]),
            TokenTree.of(new int[0], new int[64])));

    private static final PackedBatch ONE_TOKEN_ANSWERS = PackedBatch.of(List.of(
            TokenTree.of(new int[300], new int[1], new int[1], new int[2]), TokenTree.of(new int[1], new int[9])));

    @BeforeAll
    static void needsAGpu() {
        int gpus = ai.djl.engine.Engine.getInstance().getGpuCount();
        Assumptions.assumeTrue(gpus > 0, "no GPU");
    }

    private static void requireSame(Dtype dtype, int width, int groups, Reach reach, PackedBatch batch) {
        boolean windowed = reach.extent() == Reach.Extent.WINDOW;
        VarlenAttention.Setting kind = new VarlenAttention.Setting(Device.gpu(), dtype, width, groups, windowed);
        try (Scope scope = Engine.on(Device.gpu(), 1).open();
                VarlenTrial trial = new VarlenTrial(scope, kind, reach, batch)) {
            assertThat(VarlenTrial.difference(trial.byBlocks(), trial.inOneCall()))
                    .as("%s %s", kind, reach)
                    .isLessThan(VarlenTrial.tolerance(dtype));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BF16, 64, 1",
        "BF16, 64, 3",
        "BF16, 128, 8",
        "BF16, 80, 2",
        "BF16, 256, 1",
        "F16, 64, 4",
        "F32, 64, 1",
        "F32, 64, 3",
        "F32, 128, 4"
    })
    void sharedPrefixes(Dtype dtype, int width, int groups) {
        requireSame(dtype, width, groups, Reach.ALL, VarlenTrial.PACK);
        requireSame(dtype, width, groups, Reach.ALL, ONE_TOKEN_ANSWERS);
    }

    @ParameterizedTest
    @CsvSource({"BF16, 64, 3", "F16, 128, 1", "F32, 64, 2"})
    void sequencesOfTheirOwn(Dtype dtype, int width, int groups) {
        requireSame(dtype, width, groups, Reach.ALL, WITHOUT_PREFIX);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 7, 64, 100, 1000})
    void windows(int size) {
        for (PackedBatch batch : List.of(VarlenTrial.PACK, ONE_TOKEN_ANSWERS, WITHOUT_PREFIX)) {
            requireSame(Dtype.BF16, 64, 3, Reach.window(size), batch);
            requireSame(Dtype.F16, 128, 1, Reach.window(size), batch);
        }
    }
}
