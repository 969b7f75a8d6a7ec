package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Weights;
import org.align4j.core.model.Weights.LoraPair;

/**
 * An adapter's values, ready to stand over a base.
 *
 * @param pairs one a targeted linear layer, in the base's order
 */
public record AdapterValues(List<Pair> pairs) {

    /**
     * A low-rank pair's values.
     *
     * @param a {@code [rank, in]} row-major
     * @param b {@code [out, rank]} row-major
     * @param scaling what their product is multiplied by
     * @param dropoutRate share of the inputs set to zero in training
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Pair(Linear linear, float[] a, float[] b, int rank, double scaling, double dropoutRate) {
        public Pair {
            if (a.length != rank * linear.inputs() || b.length != rank * linear.outputs()) {
                throw new IllegalArgumentException("The pair on " + linear.module() + " has " + a.length + " and "
                        + b.length + " values; rank " + rank + " needs " + rank * linear.inputs() + " and "
                        + rank * linear.outputs() + ".");
            }
        }

        /** The name of A in an adapter file. */
        String nameOfA() {
            return "base_model.model." + linear.module() + ".lora_A.weight";
        }

        /** The name of B in an adapter file. */
        String nameOfB() {
            return "base_model.model." + linear.module() + ".lora_B.weight";
        }
    }

    /** Trained tensors over the base, added to {@code trainables}. */
    Weights trainedOver(BaseModel base, Trainables trainables, Scope scope) {
        Map<String, LoraPair> over = new HashMap<>();
        try (Scope inner = scope.inner()) {
            for (Pair pair : pairs) {
                NDArray a = trainables
                        .add(
                                pair.nameOfA(),
                                inner.floats(
                                        pair.a(), pair.rank(), pair.linear().inputs()),
                                true,
                                base.dtype())
                        .leaf();
                NDArray b = trainables
                        .add(
                                pair.nameOfB(),
                                inner.floats(pair.b(), pair.linear().outputs(), pair.rank()),
                                true,
                                base.dtype())
                        .leaf();
                over.put(pair.linear().module(), new LoraPair(a, b, pair.scaling(), pair.dropoutRate()));
            }
        }
        return new OverlaidWeights(base, Map.of(), over);
    }

    /** The same values over the base, frozen; tensors belong to {@code scope}. */
    Weights frozenOver(BaseModel base, Scope scope) {
        Map<String, LoraPair> over = new HashMap<>();
        try (Scope inner = scope.inner()) {
            for (Pair pair : pairs) {
                NDArray a = scope.keep(TensorKernels.copy(
                        inner, inner.floats(pair.a(), pair.rank(), pair.linear().inputs()), base.dtype()));
                NDArray b = scope.keep(TensorKernels.copy(
                        inner, inner.floats(pair.b(), pair.linear().outputs(), pair.rank()), base.dtype()));
                over.put(pair.linear().module(), new LoraPair(a, b, pair.scaling(), 0));
            }
        }
        return new OverlaidWeights(base, Map.of(), over);
    }
}
