package org.align4j.core.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.machine.DeviceProfile;
import org.align4j.core.machine.Memory;
import org.align4j.core.model.Decoder;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.junit.jupiter.api.Test;

/**
 * By hand, for a tiny Llama: three layers, hidden size 32, four heads of 8 over two for keys and values, 48 inside the MLP. In
 * fp32 a layer keeps of a token 4 * (4 * 32 + 2 * 4 * (8 + 8) + 4 * 48) = 1,792 bytes.
 */
class ForecastTest {
    /** Bytes above those of half precision in ten layers: sums of 83 tokens, and probabilities of four heads a second time, in fp32. */
    private static final long WIDER = 10 * (83 * 2 * 32 * 2 + 4 * 32_768 * 4);

    private static final Decoder DECODER =
            Families.decoder(Path.of("src", "test", "resources", "reference", "families", "llama"));

    /** Blocks: a prompt of 70 alone, then answers of 10 and 3 that see it; rows and keys are rounded up to 64. */
    private static final ForwardSize SIZE = new ForwardSize(83, 13, 128 * 128 + 64 * 128 + 64 * 128, 0, 128 + 128);

    /** 1,792 * 83 tokens, 4 * 4 heads * 32,768 probabilities, 4 * 64 * 256 keys and values. */
    private static final long LAYER = 148_736 + 524_288 + 65_536;

    @Test
    void aForwardIsAsLargeAsItsBlocks() {
        PackedBatch batch = PackedBatch.of(List.of(TokenTree.of(new int[70], new int[10], new int[3])));
        assertThat(ForwardSize.of(batch)).isEqualTo(SIZE);
    }

    /**
     * Three layers kept, and seven more that pass through the backward. In half precision numbers have two bytes, but for the two sums of a
     * layer, 2 * 32 numbers of a token, which have four, and probabilities, which have six.
     */
    @Test
    void aKeptGraphGrowsWithItsLayers() {
        Activations kept = new Activations(DECODER, Dtype.F32, false);
        assertThat(kept.bytesPerToken()).isEqualTo(3 * 1792);
        assertThat(kept.bytes(SIZE)).isEqualTo(10 * LAYER);
        assertThat(new Activations(DECODER, Dtype.BF16, false).bytes(SIZE)).isEqualTo(5 * LAYER + WIDER);
    }

    /**
     * A layer whose backward is written out keeps of a token 4 * (2 * 32 + 4 * (8 + 8) + 2 * (8 + 8) + 2 * 48 + 112) = 1,472 bytes,
     * and no keys twice.
     */
    @Test
    void aWrittenBackwardKeepsLess() {
        long layer = 1472 * 83 + 524_288;
        Activations kept = new Activations(DECODER, Dtype.F32, false, 1, true, true);
        assertThat(kept.bytesPerToken()).isEqualTo(3 * 1472);
        assertThat(kept.bytes(SIZE)).isEqualTo(7 * layer);
        assertThat(new Activations(DECODER, Dtype.F32, true, 1, true, true).bytes(SIZE))
                .isEqualTo(4 * 83 * 32 * 4 + Math.round(layer * 2.3));
    }

    /** Rows of a tile with 2,048 keys, for the two heads that share a key head: probabilities, their gradients, capped scores. */
    @Test
    void longBlocksHoldOneTileOfOneKeyHead() {
        PackedBatch batch = PackedBatch.of(List.of(TokenTree.of(new int[0], new int[2000])));
        ForwardSize size = ForwardSize.of(batch);
        assertThat(size).isEqualTo(new ForwardSize(2000, 1999, 0, 128 * 2048, 0));
        Activations kept = new Activations(DECODER, Dtype.F32, false);
        assertThat(kept.bytes(size)).isEqualTo(10 * 1792 * 2000 + 3 * 4 * 2 * 128 * 2048);
    }

    /** Of long rows the results of attention are remembered, three layers of four heads of 8 numbers a token; of short ones nothing is. */
    @Test
    void recomputationRemembersAttentionOfLongRows() {
        ForwardSize size = ForwardSize.of(PackedBatch.of(List.of(TokenTree.of(new int[0], new int[2000]))));
        Activations forgets = new Activations(DECODER, Dtype.F32, true, 1, true, false);
        Activations remembers = new Activations(DECODER, Dtype.F32, true, 1, true, true);
        assertThat(remembers.bytes(size) - forgets.bytes(size)).isEqualTo(3L * 4 * 8 * 2000 * 4);
        assertThat(remembers.bytes(SIZE)).isEqualTo(forgets.bytes(SIZE));
    }

    /** Four inputs of 83 * 32 numbers, one layer, and 0.8 of one that passes through the backward. */
    @Test
    void recomputationKeepsInputsAndOneLayer() {
        assertThat(new Activations(DECODER, Dtype.F32, true).bytes(SIZE)).isEqualTo(4 * 83 * 32 * 4 + LAYER * 18 / 10);
    }

    @Test
    void thePeakIsTheSumOfItsParts() {
        Activations kept = new Activations(DECODER, Dtype.BF16, false);
        DeviceProfile device = DeviceProfile.gpu(0, 1L << 30);
        Forecast forecast =
                Forecast.of(Forecast.Frozen.resident(1000), 100, kept, SIZE, 8).on(device, kept, SIZE);
        assertThat(forecast.process()).isEqualTo(300L << 20);
        long vocabulary = DECODER.vocabulary();
        assertThat(forecast.trained()).isEqualTo(100 * 6);
        assertThat(forecast.optimizer()).isEqualTo(100 * 12);
        assertThat(forecast.logits()).isEqualTo(8 * vocabulary * 10 + 2 * 13 * 32 * 2);
        assertThat(forecast.peak())
                .isEqualTo(forecast.process() + 1000 + 1800 + 5 * LAYER + WIDER + 80 * vocabulary + 1664);
        assertThat(forecast.text()).contains("at the peak", "weights", "activations", "logits");
        assertThat(forecast.entries()).containsEntry("peak_bytes", forecast.peak());
    }

    /**
     * Of 83 tokens the four inputs of 83 * 32 numbers stay, in blocks that are small: 2.3 times as much in holes. In blocks of 4 MiB and
     * more there are none, and a second forward takes a thread's arena.
     */
    @Test
    void aProcessThatGivesBackTakesLess() {
        DeviceProfile cpu = DeviceProfile.cpu(Memory.current());
        Activations again = new Activations(DECODER, Dtype.F32, true);
        Forecast forecast = Forecast.of(Forecast.Frozen.resident(1000), 100, again, SIZE, 8);
        assertThat(forecast.on(cpu, again, SIZE).process())
                .isEqualTo(cpu.process() - (130L << 20) + Math.round(2.3 * 4 * 83 * 32 * 4));
        ForwardSize large = new ForwardSize(1 << 15, 13, 0, 0, 0);
        assertThat(forecast.on(cpu, again, large).process()).isEqualTo(cpu.process() - (130L << 20));
        Activations two = new Activations(DECODER, Dtype.F32, true, 2, false, false);
        assertThat(forecast.on(cpu, two, large).process()).isEqualTo(cpu.process() - (75L << 20));
        Activations kept = new Activations(DECODER, Dtype.F32, false);
        assertThat(forecast.on(cpu, kept, SIZE).process()).isEqualTo(cpu.process());
    }

    /** With recomputation a layer's backward and the head follow each other: the larger counts. */
    @Test
    void whatIsMadeForOneUseCountsWhileItIsInUse() {
        Activations again = new Activations(DECODER, Dtype.F32, true);
        long inputs = 4 * 83 * 32 * 4;
        long layer = LAYER * 18 / 10 + 500;
        Forecast small = Forecast.of(new Forecast.Frozen(1000, 500, 700), 0, again, SIZE, 8);
        assertThat(small.activations()).isEqualTo(inputs + layer);
        assertThat(small.logits()).isZero();
        long head = 2_000_000 + again.headBytes(SIZE, 8);
        Forecast wide = Forecast.of(new Forecast.Frozen(1000, 500, 2_000_000), 0, again, SIZE, 8);
        assertThat(wide.logits()).isEqualTo(head - layer);
        assertThat(wide.peak()).isEqualTo(wide.process() + 1000 + inputs + head);
    }

    /** A GPU's kernel for the whole pack holds no scores, and of each key head one copy of the keys that blocks share. */
    @Test
    void aGpuHoldsNoScores() {
        Activations kept = new Activations(DECODER, Dtype.BF16, false);
        ForwardSize size = new ForwardSize(83, 13, 5000, 700, 20);
        int groups = DECODER.layers().get(0).attention().queryHeads()
                / DECODER.layers().get(0).attentionCore().keyValueHeads();
        assertThat(groups).isGreaterThan(1);
        assertThat(kept.on(DeviceProfile.gpu(0, 1L << 30), size)).isEqualTo(new ForwardSize(83, 13, 0, 0, 20 / groups));
        assertThat(kept.on(DeviceProfile.cpu(Memory.current()), size)).isEqualTo(size);
    }

    /** A layer's linear layers have 2 * (32 + 32) + 2 * (32 + 16) + 3 * (32 + 48) = 464 inputs and outputs. */
    @Test
    void anAdapterIsAsWideAsItsLayers() {
        assertThat(Forecast.adapterElements(DECODER, 16)).isEqualTo(16 * 3 * 464);
    }
}
