package org.align4j.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.util.List;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.machine.DeviceUnderTest;
import org.align4j.core.machine.OnGpu;
import org.align4j.core.model.layer.VarlenAttention;
import org.align4j.core.model.layer.VarlenAttention.VarlenTrial;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where there is a GPU: values and gradients of the library's kernels for whole packs are those of the blocks, to rounding. CPUs have no
 * such kernels: a rehearsal sees the call refused.
 */
@OnGpu
class VarlenAttentionGpuTest {
    private static final PackedBatch WITHOUT_PREFIX = PackedBatch.of(List.of(
            TokenTree.of(new int[0], new int[1]),
            TokenTree.of(new int[0], new int[201]),
            TokenTree.of(new int[0], new int[64])));

    private static final PackedBatch ONE_TOKEN_ANSWERS = PackedBatch.of(List.of(
            TokenTree.of(new int[300], new int[1], new int[1], new int[2]), TokenTree.of(new int[1], new int[9])));

    private static void requireSame(Dtype dtype, int width, int groups, Reach reach, PackedBatch batch) {
        boolean windowed = reach.extent() == Reach.Extent.WINDOW;
        Device device = DeviceUnderTest.device();
        VarlenAttention.Setting kind = new VarlenAttention.Setting(device, dtype, width, groups, windowed);
        try (Scope scope = DeviceUnderTest.engine().open();
                VarlenTrial trial = new VarlenTrial(scope, kind, reach, batch)) {
            List<float[]> expected = trial.byBlocks();
            if (DeviceUnderTest.isRehearsal()) {
                assertThat(VarlenTrial.difference(expected, trial.byBlocks())).isZero();
                assertThatThrownBy(trial::inOneCall).hasMessageContaining("Could not run");
                return;
            }
            assertThat(VarlenTrial.difference(expected, trial.inOneCall()))
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
