package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.Linear;

/**
 * Finds the number of rows from which on a model's products give a row the same bits, however many rows there are. The native
 * library cuts a sum by the sizes of the whole product; in bf16 that can be seen.
 */
public final class RowRounding {
    private static final int DISTINCT_ROWS = 64;

    private RowRounding() {}

    /**
     * Tries the products of every distinct shape on random rows.
     *
     * @param most rows of a large forward
     * @return the least number of rows from which on all up to {@code most} round alike; beyond {@code most} where none do,
     *     where tokens choose experts, whose rows are never the same number, and on a GPU, where nothing is tried
     */
    public static int alikeFrom(BaseModel base, int most) {
        List<DecoderLayer> layers = base.decoder().layers();
        if (base.dtype() == Dtype.F32) {
            return 1;
        }
        if (!base.engine().profile().mayRoundEqually() || layers.stream().anyMatch(layer -> layer.idleElements() > 0)) {
            return Integer.MAX_VALUE;
        }
        int rows = (most + Trunk.ROW_GRAIN - 1) / Trunk.ROW_GRAIN * Trunk.ROW_GRAIN;
        return distinct(layers).stream()
                .mapToInt(linear -> alikeFrom(base, linear, rows))
                .max()
                .orElse(1);
    }

    private static Collection<Linear> distinct(List<DecoderLayer> layers) {
        Map<List<Integer>, Linear> byShape = new LinkedHashMap<>();
        layers.stream()
                .flatMap(DecoderLayer::linears)
                .forEach(linear -> byShape.putIfAbsent(List.of(linear.inputs(), linear.outputs()), linear));
        return byShape.values();
    }

    private static int alikeFrom(BaseModel base, Linear linear, int most) {
        try (Scope scope = base.engine().open()) {
            NDArray weight = base.value(scope, linear.weight());
            NDArray w = linear.transposed() ? DecoderKernels.transposed(scope, weight) : weight;
            NDArray x = random(scope, base.dtype(), most, linear.inputs());
            NDArray all = DecoderKernels.linear(scope, x, w);
            for (int rows = most - Trunk.ROW_GRAIN; rows > 0; rows -= Trunk.ROW_GRAIN) {
                try (Scope inner = scope.inner()) {
                    NDArray fewer = DecoderKernels.linear(inner, DecoderKernels.rowRange(inner, x, 0, rows), w);
                    if (!TensorKernels.areEqual(inner, fewer, DecoderKernels.rowRange(inner, all, 0, rows))) {
                        return rows + 1;
                    }
                }
            }
            return 1;
        }
    }

    /** Few distinct rows again and again: what all of them take in Java would be several times a layer's activations. */
    private static NDArray random(Scope scope, Dtype dtype, int rows, int columns) {
        Random random = new Random(7);
        float[] values = new float[Math.min(rows, DISTINCT_ROWS) * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        long[] places = new long[rows];
        Arrays.setAll(places, row -> row % DISTINCT_ROWS);
        NDArray distinct = TensorKernels.copy(scope, scope.floats(values, values.length / columns, columns), dtype);
        return DecoderKernels.gatherRows(scope, distinct, scope.longs(places));
    }
}
