package org.align4j.core.generate.step;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.StepKernels;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.machine.Memory;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Weights;
import org.jspecify.annotations.Nullable;

/**
 * Copies of matrices as the CPU's library reads them fastest for few rows, those that read the same x in one. They are made only where
 * trial products of every shape give the bits of the matrices themselves, so that whether there is memory for them changes no number.
 */
final class ArrangedWeights {
    /** With more rows the copies are no faster, and may round otherwise. */
    static final int MOST_ROWS = 32;

    /** Copying takes about as long as what it saves in five steps. */
    private static final int WORTHWHILE_STEPS = 16;

    /** Smaller products libtorch computes without the library, and rounds them its own way. */
    private static final int LEAST_ELEMENTS = 16 * 16 * 16;

    private final Map<Parameter, NDArray> copies = new HashMap<>();
    private long bytes;

    private ArrangedWeights() {}

    /** What is to be generated: rows at a time, at most so many steps. */
    record Work(int rows, int steps) {}

    /**
     * Arranges matrices.
     *
     * @param scope owns the copies
     * @param matrices those in one list get one copy, which stands for the first
     * @return null where that isn't worth it, memory is short, or the library lacks it or rounds otherwise
     */
    static @Nullable ArrangedWeights of(
            Scope scope, BaseModel base, Weights weights, List<List<Parameter>> matrices, Work work) {
        boolean worthwhile = base.dtype() == Dtype.BF16
                && work.steps() >= WORTHWHILE_STEPS
                && matrices.stream().flatMap(List::stream).allMatch(matrix -> matrix.elements() > LEAST_ELEMENTS);
        if (!worthwhile || !StepKernels.arranges(base.engine()) || !fits(bytes(matrices))) {
            return null;
        }
        ArrangedWeights arranged = new ArrangedWeights();
        arranged.bytes = bytes(matrices);
        int rows = Math.min(work.rows(), MOST_ROWS);
        Set<List<List<Long>>> tried = new HashSet<>();
        for (List<Parameter> same : matrices) {
            List<NDArray> own =
                    same.stream().map(matrix -> weights.value(scope, matrix)).toList();
            NDArray copy = copy(scope, own, rows);
            arranged.copies.put(same.get(0), copy);
            boolean isNew = tried.add(same.stream()
                    .map(matrix -> Arrays.stream(matrix.shape()).boxed().toList())
                    .toList());
            if (isNew && !(sameBits(scope, own, copy, 1) && sameBits(scope, own, copy, rows))) {
                arranged.copies.values().forEach(NDArray::close);
                return null;
            }
        }
        return arranged;
    }

    private static NDArray copy(Scope scope, List<NDArray> own, int rows) {
        try (Scope inner = scope.inner()) {
            NDArray all = own.size() == 1 ? own.get(0) : StepKernels.joined(inner, own);
            return scope.keep(StepKernels.arrange(inner, all, rows));
        }
    }

    private static long bytes(List<List<Parameter>> matrices) {
        return matrices.stream()
                        .flatMap(List::stream)
                        .mapToLong(Parameter::elements)
                        .sum()
                * Dtype.BF16.bytes();
    }

    /** Half of what is free stays free. */
    private static boolean fits(long bytes) {
        Memory now = Memory.current();
        long free = Math.min(
                now.available().orElse(Long.MAX_VALUE),
                now.limit() - now.resident().orElse(0));
        return bytes <= free / 2;
    }

    /** Rows of the first matrix itself are the trial's input. */
    private static boolean sameBits(Scope scope, List<NDArray> own, NDArray copy, int rows) {
        try (Scope inner = scope.inner()) {
            int some = (int) Math.min(rows, own.get(0).getShape().get(0));
            NDArray x = DecoderKernels.rowRange(inner, own.get(0), 0, some);
            float[] all = StepKernels.linear(inner, x, copy).toFloatArray();
            int columns = all.length / some;
            int column = 0;
            for (NDArray matrix : own) {
                float[] expected = TensorKernels.toFloats(inner, DecoderKernels.linear(inner, x, matrix));
                int width = expected.length / some;
                for (int row = 0; row < some; row++) {
                    int from = row * columns + column;
                    if (!Arrays.equals(expected, row * width, (row + 1) * width, all, from, from + width)) {
                        return false;
                    }
                }
                column += width;
            }
            return true;
        }
    }

    boolean has(Parameter matrix) {
        return copies.containsKey(matrix);
    }

    /** The copy that stands for a matrix and those beside it. */
    NDArray copy(Parameter matrix) {
        return Objects.requireNonNull(copies.get(matrix), matrix.name());
    }

    long bytes() {
        return bytes;
    }
}
