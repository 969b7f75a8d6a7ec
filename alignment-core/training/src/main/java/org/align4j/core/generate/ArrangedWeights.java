package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.StepKernels;
import org.align4j.core.kernel.StepKernels.Layers;
import org.align4j.core.machine.Memory;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.LayerParts;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Weights;
import org.jspecify.annotations.Nullable;

/**
 * Copies of matrices as the CPU's library reads them fastest for few rows, those that read the same x in one. Trial products of every
 * shape say whether they give the bits of the matrices themselves. Where they do, they are made when memory is free, which then changes
 * no number. Where the last bits differ, only the machine's size decides, and then every step reads them, however many rows it has:
 * a run gives the same numbers again, and a row's don't depend on those in its batch.
 */
final class ArrangedWeights {
    /**
     * Most rows of a step that reads copies: with more, those that give the same bits are no faster, and may round
     * otherwise.
     */
    static final int MOST_ROWS = 32;

    /** Copying takes about as long as what it saves in five steps. */
    private static final int WORTHWHILE_STEPS = 16;

    /** Smaller products libtorch computes without the library, and rounds them its own way. */
    private static final int LEAST_ELEMENTS = 16 * 16 * 16;

    /** Copies with other bits take at most this share of what the process may use. */
    private static final double MOST_OF_LIMIT = 0.125;

    private final Map<Parameter, NDArray> copies = new HashMap<>();
    private final boolean sameBits;
    private final long bytes;

    private ArrangedWeights(Scope scope, Weights weights, List<List<Parameter>> matrices, boolean sameBits) {
        this.sameBits = sameBits;
        this.bytes = bytes(matrices);
        matrices.forEach(same -> copies.put(same.get(0), copy(scope, weights, same)));
    }

    /**
     * Arranges matrices for products with few rows where that is worth it and memory allows it.
     *
     * @param scope owns the copies
     * @param matrices those in one list get one copy, which stands for the first
     * @return null where that isn't worth it, memory is short, or the library lacks it
     */
    static @Nullable ArrangedWeights of(
            Scope scope, BaseModel base, Weights weights, List<List<Parameter>> matrices, DecodingPlan plan) {
        if (plan.steps() < WORTHWHILE_STEPS || !canArrange(base, matrices)) {
            return null;
        }
        long bytes = bytes(matrices);
        CopyBudget room = CopyBudget.of(bytes, plan.memory());
        if (!room.free() && !room.always()) {
            return null;
        }
        boolean sameBits = roundsAlike(scope, weights, matrices);
        if (!(sameBits ? room.free() : room.always())) {
            return null;
        }
        return new ArrangedWeights(scope, weights, matrices, sameBits);
    }

    /**
     * Arranges a base's matrices for every pass of a queue, however many rows it has. The machine's size alone decides, so that a server gives
     * the same numbers after each start.
     *
     * @param scope owns the copies
     * @param matrices those in one list get one copy, which stands for the first
     * @return null where the copies take too much of what the process may use, or the library lacks it
     */
    static @Nullable ArrangedWeights ofQueue(Scope scope, BaseModel base, List<List<Parameter>> matrices) {
        boolean room = bytes(matrices) <= MOST_OF_LIMIT * Memory.current().limit();
        return room && canArrange(base, matrices) ? new ArrangedWeights(scope, base, matrices, false) : null;
    }

    private static boolean canArrange(BaseModel base, List<List<Parameter>> matrices) {
        return base.dtype() == Dtype.BF16
                && matrices.stream().flatMap(List::stream).allMatch(matrix -> matrix.elements() > LEAST_ELEMENTS)
                && StepKernels.arranges(base.engine());
    }

    /** Lists the matrices of layers; those in one list read the same x. */
    static List<List<Parameter>> matrices(List<LayerParts> parts) {
        return parts.stream()
                .flatMap(part -> part.productsByInput().stream())
                .map(same -> same.stream().map(Linear::weight).toList())
                .toList();
    }

    /** Lists the layers' tensors with copies; of products that read the same x, the first has the copy and the biases of all. */
    List<NDArray> tensors(Scope scope, Weights weights, List<LayerParts> parts) {
        NDArray none = scope.zeros(0);
        List<NDArray> all = new ArrayList<>();
        for (LayerParts part : parts) {
            List<NDArray> own = part.tensors(scope, weights, matrix -> has(matrix) ? copy(matrix) : none);
            int bias = Layers.FIRST_BIAS;
            for (List<Linear> same : part.productsByInput()) {
                if (same.size() > 1 && same.get(0).bias() != null) {
                    List<NDArray> biases = new ArrayList<>();
                    for (int i = 0; i < same.size(); i++) {
                        biases.add(own.set(bias + i * Layers.PRODUCT_TENSORS, none));
                    }
                    own.set(bias, StepKernels.joined(scope, biases));
                }
                bias += same.size() * Layers.PRODUCT_TENSORS;
            }
            all.addAll(own);
        }
        return all;
    }

    /** Tried with the first of each shape. */
    private static boolean roundsAlike(Scope scope, Weights weights, List<List<Parameter>> matrices) {
        Set<List<List<Long>>> tried = new HashSet<>();
        return matrices.stream().filter(same -> tried.add(shapes(same))).allMatch(same -> {
            try (Scope inner = scope.inner()) {
                return StepKernels.roundsAlike(inner, values(inner, weights, same), MOST_ROWS);
            }
        });
    }

    /**
     * Room for copies.
     *
     * @param free at this moment: half of what is free stays free
     * @param always on the machine whose numbers are wanted, whatever is free
     */
    private record CopyBudget(boolean free, boolean always) {
        static CopyBudget of(long bytes, long memory) {
            Memory now = Memory.current();
            long free = Math.min(
                    now.available().orElse(Long.MAX_VALUE),
                    now.limit() - now.resident().orElse(0));
            return new CopyBudget(bytes <= free / 2, bytes <= MOST_OF_LIMIT * memory);
        }
    }

    private static long bytes(List<List<Parameter>> matrices) {
        return matrices.stream()
                        .flatMap(List::stream)
                        .mapToLong(Parameter::elements)
                        .sum()
                * Dtype.BF16.bytes();
    }

    private static List<List<Long>> shapes(List<Parameter> matrices) {
        return matrices.stream()
                .map(matrix -> Arrays.stream(matrix.shape()).boxed().toList())
                .toList();
    }

    private static NDArray copy(Scope scope, Weights weights, List<Parameter> same) {
        try (Scope inner = scope.inner()) {
            List<NDArray> own = values(inner, weights, same);
            NDArray all = own.size() == 1 ? own.get(0) : StepKernels.joined(inner, own);
            return scope.keep(StepKernels.arrange(inner, all, MOST_ROWS));
        }
    }

    private static List<NDArray> values(Scope scope, Weights weights, List<Parameter> matrices) {
        return matrices.stream().map(matrix -> weights.value(scope, matrix)).toList();
    }

    /** Returns whether products with the copies have the bits of products with the matrices themselves. */
    boolean keepsBits() {
        return sameBits;
    }

    /** Returns whether steps of so many rows read the copies. */
    boolean serve(int rows) {
        return !sameBits || rows <= MOST_ROWS;
    }

    boolean has(Parameter matrix) {
        return copies.containsKey(matrix);
    }

    /** The copy that stands for a matrix and those joined with it. */
    NDArray copy(Parameter matrix) {
        return Objects.requireNonNull(copies.get(matrix), matrix.name());
    }

    long bytes() {
        return bytes;
    }
}
