package org.align4j.core.model.layer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.align4j.core.kernel.Autograd;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.Reach;
import org.align4j.core.model.layer.VarlenAttention.VarlenTrial;
import org.align4j.core.pack.PackedBatch.RowBlock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be said of it without a GPU: what it is chosen for, and that the blocks stay where the library has no kernel. */
class VarlenAttentionTest {
    private static final List<RowBlock> ONE_BLOCK = List.of(new RowBlock(0, 3, 0, 0));

    @ParameterizedTest
    @CsvSource({
        "BF16, 64, true, true", "F16, 256, true, true", "F32, 8, true, false",
        "BF16, 264, false, false", "BF16, 20, false, false", "F64, 64, false, false"
    })
    void itIsChosenByDtypeWidthAndReach(Dtype dtype, int width, boolean all, boolean window) {
        AttentionCore core = AttentionCore.of(0, 2, width);

        assertThat(VarlenAttention.fits(core, dtype)).isEqualTo(all);
        assertThat(VarlenAttention.fits(core.within(Reach.window(9)), dtype)).isEqualTo(window);
    }

    @Test
    void chunksCapsAndUnevenHeadsAreLeftToTheBlocks() {
        AttentionCore core = AttentionCore.of(0, 2, 64);
        AttentionCore uneven = new AttentionCore(0, 2, 192, 128, 0.1, Reach.ALL, 0);

        assertThat(VarlenAttention.fits(core.within(Reach.chunk(9)), Dtype.BF16))
                .isFalse();
        assertThat(VarlenAttention.fits(core.cappedAt(50), Dtype.BF16)).isFalse();
        assertThat(VarlenAttention.fits(uneven, Dtype.BF16)).isFalse();
    }

    /** CPUs have no such kernel: the call throws, as on a GPU that is too old. */
    @Test
    void whereTheLibraryHasNoKernelAWarningSaysSoOnceAndThePassGoesOn() {
        List<String> warnings = new ArrayList<>();
        Logger logger = Logger.getLogger(VarlenAttention.class.getName());
        Handler handler = collecting(warnings);
        logger.addHandler(handler);
        try (Scope scope = Engine.cpu().open()) {
            NDArray x = scope.floats(new float[] {1, -2, 3}, 1, 3, 1).repeat(2, 8);
            NDArray sum = scope.zeros(1, 3, 8);
            VarlenAttention varlen = new VarlenAttention(scope, ONE_BLOCK, Dtype.F32);
            Autograd.recording(scope, () -> {
                NDArray leaf = Autograd.leaf(scope, x);
                assertThat(varlen.attend(scope, AttentionCore.of(0, 1, 8), leaf, leaf, leaf))
                        .isNull();
                assertThat(varlen.attend(scope, AttentionCore.of(1, 1, 8), leaf, leaf, leaf))
                        .isNull();
                NDArray square = DecoderKernels.multiply(scope, leaf, leaf);
                TensorList leaves = TensorList.of(scope, "leaves", List.of(leaf));
                Autograd.backward(scope, square, x, leaves, TensorList.of(scope, "buffers", List.of(sum)));
                return true;
            });

            assertThat(sum.get("0,:,0").toFloatArray()).as("still recorded").containsExactly(2, 8, 18);
        } finally {
            logger.removeHandler(handler);
        }
        assertThat(warnings)
                .singleElement()
                .asString()
                .contains("sequence by sequence", "threw in a trial", "Could not run", "heads of 8");
    }

    private static Handler collecting(List<String> messages) {
        return new Handler() {
            @Override
            public void publish(LogRecord record) {
                messages.add(record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 8, 400})
    void aTrialTellsAnotherWindowFromRounding(int window) {
        VarlenAttention.Setting kind = new VarlenAttention.Setting(Device.cpu(), Dtype.BF16, 16, 2, true);
        try (Scope scope = Engine.cpu().open();
                VarlenTrial trial = new VarlenTrial(scope, kind);
                VarlenTrial other = new VarlenTrial(scope, kind, Reach.window(window), VarlenTrial.PACK)) {
            List<float[]> expected = trial.byBlocks();

            assertThat(VarlenTrial.difference(expected, trial.byBlocks())).isZero();
            assertThat(VarlenTrial.difference(expected, other.byBlocks()))
                    .isGreaterThan(5 * VarlenTrial.tolerance(Dtype.BF16));
        }
    }

    @Test
    void whatIsNoNumberDiffers() {
        assertThat(VarlenTrial.difference(List.of(new float[] {1, 2}), List.of(new float[] {Float.NaN, 2})))
                .isInfinite();
    }
}
