package org.align4j.core.policy.measure;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.ProductKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.LayerParts;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.pack.AttentionTiles;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.PackedBatch.RowBlock;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Trunk;

/**
 * The matrix products of passes, again and alone: same shapes, same dtype, same weights, nothing between them. The products of
 * low-rank pairs are left out, as in {@link PassFlop}.
 */
public final class ProductReplay implements AutoCloseable {
    /** Seconds. */
    private static final double LONG = 20;

    private final Policy policy;
    private final Scope scope;
    private final Map<List<Integer>, NDArray> operands = new HashMap<>();
    private final Random random = new Random(7);

    public ProductReplay(Policy policy) {
        this.policy = policy;
        this.scope = policy.base().engine().open();
    }

    /** Whether every product is known beforehand: where tokens choose experts it is not. */
    public boolean isPossible() {
        return policy.decoder().layers().stream().allMatch(layer -> layer.idleElements() == 0);
    }

    /**
     * Seconds that the products of passes take, as many side by side as the policy takes: of a second time, for the first makes the
     * operands, and kernels for shapes that are new, unless that took so long that those no longer count.
     */
    public double seconds(List<PassLog.Entry> passes) {
        double seconds = once(passes);
        return seconds < LONG ? once(passes) : seconds;
    }

    private double once(List<PassLog.Entry> passes) {
        DeviceGauge clock = policy.base().engine();
        long begun = clock.nanoTime();
        policy.sideBySide(passes, this::run);
        return (clock.nanoTime() - begun) / 1e9;
    }

    /** A pass has a scope of its own: several are computed side by side, and no scope serves two threads. */
    private boolean run(PassLog.Entry pass) {
        try (Scope own = scope.inner()) {
            PackedBatch batch = pass.batch().aligned(Trunk.ROW_GRAIN);
            List<DecoderLayer> layers = policy.decoder().layers();
            layers.forEach(layer -> forward(own, layer, batch));
            head(own, pass);
            if (pass.differentiated()) {
                for (int i = layers.size() - 1; i >= 0; i--) {
                    if (policy.recordingMode() == Trunk.Mode.RECOMPUTE) {
                        again(own, layers.get(i), batch);
                    }
                    backward(own, layers.get(i), batch);
                }
            }
            return true;
        }
    }

    private void forward(Scope own, DecoderLayer layer, PackedBatch batch) {
        try (Scope inner = own.inner()) {
            layer.linears().forEach(linear -> product(inner, linear, batch));
            blocks(layer, batch).forEach(block -> ProductKernels.attention(inner, block));
        }
    }

    /** What a layer that is made again computes: not what is remembered, and not what its backward doesn't read. */
    private void again(Scope own, DecoderLayer layer, PackedBatch batch) {
        try (Scope inner = own.inner()) {
            LayerParts parts = policy.plan().isWritten() ? LayerParts.of(layer) : null;
            List<Linear> read = parts == null
                    ? layer.linears().toList()
                    : parts.products().subList(0, parts.products().size() - 1);
            read.forEach(linear -> product(inner, linear, batch));
            if (!policy.plan().remembers(batch)) {
                blocks(layer, batch).forEach(block -> ProductKernels.attention(inner, block));
            }
        }
    }

    private void product(Scope inner, Linear linear, PackedBatch batch) {
        DecoderKernels.linear(inner, operand(batch.size(), linear.inputs()), weight(inner, linear));
    }

    private void backward(Scope own, DecoderLayer layer, PackedBatch batch) {
        try (Scope inner = own.inner()) {
            layer.linears().forEach(linear -> {
                NDArray g = operand(batch.size(), linear.outputs());
                ProductKernels.inputGradient(inner, g, weight(inner, linear));
                if (policy.trainables().trainableOf(linear.weight()) != null) {
                    ProductKernels.weightGradient(inner, g, operand(batch.size(), linear.inputs()));
                }
            });
            blocks(layer, batch).forEach(block -> ProductKernels.attentionGradients(inner, block));
        }
    }

    private NDArray weight(Scope inner, Linear linear) {
        Parameter parameter = linear.weight();
        if (policy.base().isOnDemand()) {
            return operand(linear.outputs(), linear.inputs());
        }
        NDArray value = policy.base().value(inner, parameter);
        return linear.transposed() ? DecoderKernels.transposed(inner, value) : value;
    }

    private List<ProductKernels.Block> blocks(DecoderLayer layer, PackedBatch batch) {
        int heads = layer.attentionCore().keyValueHeads();
        int sharing = layer.attention().queryHeads() / heads;
        int d = layer.attentionCore().keyWidth();
        int e = layer.attentionCore().valueWidth();
        List<ProductKernels.Block> blocks = new ArrayList<>();
        for (RowBlock block : batch.blocks()) {
            if (!AttentionTiles.serve(block.seen())) {
                int n = sharing * AttentionTiles.paddedLength(block.rows());
                blocks.add(block(heads, n, AttentionTiles.paddedLength(block.seen()), d, e));
                continue;
            }
            for (AttentionTiles.Tile tile : AttentionTiles.of(block.prefix(), block.rows())) {
                ProductKernels.Block one = block(1, sharing * tile.rows(), tile.keys(), d, e);
                blocks.addAll(Collections.nCopies(heads, one));
            }
        }
        return blocks;
    }

    private ProductKernels.Block block(int heads, int n, int m, int d, int e) {
        return new ProductKernels.Block(
                operand(heads, n, d),
                operand(heads, m, d),
                operand(heads, m, e),
                operand(heads, n, m),
                operand(heads, n, e));
    }

    /** The head's products chunk by chunk. */
    private void head(Scope own, PassLog.Entry pass) {
        try (Scope inner = own.inner()) {
            NDArray head = policy.base().value(inner, policy.decoder().head());
            int hidden = policy.decoder().hiddenSize();
            int vocabulary = policy.decoder().vocabulary();
            for (int begin = 0; begin < pass.batch().scored(); begin += policy.chunkRows()) {
                int rows = Math.min(policy.chunkRows(), pass.batch().scored() - begin);
                try (Scope chunk = inner.inner()) {
                    DecoderKernels.linear(chunk, operand(rows, hidden), head);
                    if (pass.differentiated()) {
                        ProductKernels.inputGradient(chunk, operand(rows, vocabulary), head);
                        if (policy.trainsHead()) {
                            DecoderKernels.linear(chunk, operand(rows, hidden), head);
                            ProductKernels.weightGradient(chunk, operand(rows, vocabulary), operand(rows, hidden));
                        }
                    }
                }
            }
        }
    }

    /** Numbers in the compute dtype, made once a shape. */
    private synchronized NDArray operand(int... shape) {
        return operands.computeIfAbsent(Arrays.stream(shape).boxed().toList(), key -> {
            long[] axes = Arrays.stream(shape).asLongStream().toArray();
            float[] values = new float[(int) Arrays.stream(axes).reduce(1, (a, b) -> a * b)];
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextFloat() - 0.5f;
            }
            try (Scope inner = scope.inner()) {
                return scope.keep(TensorKernels.copy(
                        inner, inner.floats(values, axes), policy.base().dtype()));
            }
        });
    }

    @Override
    public void close() {
        scope.close();
    }
}
