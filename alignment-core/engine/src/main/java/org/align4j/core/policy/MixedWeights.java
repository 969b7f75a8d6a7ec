package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.LoraPair;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Weights;
import org.align4j.core.policy.Overlay.OverlaidWeights;

/**
 * An adapter of another strength: 0 is the base, 1 the adapter as it was trained, and in between lies the straight line from one to the other
 * (Wortsman et al. 2022 for whole weights). A low-rank pair's product is multiplied by the strength; of DoRA's magnitudes, and of tensors
 * that replace the base's, the difference from the base's is. The tensors of its own live until {@link #close}.
 */
public final class MixedWeights implements AutoCloseable {
    private final BaseModel base;
    private final Scope scope;
    private final Map<String, NDArray> values = new HashMap<>();
    private final Map<String, LoraPair> pairs = new HashMap<>();

    /**
     * Makes a policy's weights of another strength; the policy stays as it is.
     *
     * @param strength share of the adapter's effect, at least 0; above 1 exaggerates it
     */
    public MixedWeights(Policy policy, double strength) {
        if (!(strength >= 0 && strength <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException("strength is " + strength + " but must be a number of at least 0.");
        }
        base = policy.base();
        scope = policy.scope().inner();
        Weights adapted = policy.weights();
        Stream.concat(
                        base.decoder().parameters().stream(),
                        Stream.of(base.decoder().output()))
                .forEach(parameter -> mix(adapted, parameter, strength));
    }

    private void mix(Weights adapted, Parameter parameter, double strength) {
        String name = parameter.name();
        LoraPair pair = adapted.lora(parameter);
        if (pair != null) {
            pairs.put(name, mixed(pair, strength));
        }
        if (adapted.replaces(parameter) && !values.containsKey(name)) {
            try (Scope inner = scope.inner()) {
                NDArray trained = adapted.value(inner, parameter);
                values.put(name, mixed(base.value(inner, parameter), trained, strength));
            }
        }
    }

    private LoraPair mixed(LoraPair pair, double strength) {
        LoraPair.Magnitudes own = pair.magnitudes();
        return pair.scaledBy(strength, own == null ? null : mixed(own, strength));
    }

    private LoraPair.Magnitudes mixed(LoraPair.Magnitudes own, double strength) {
        try (Scope inner = scope.inner()) {
            float[] mixed = TensorKernels.toFloats(inner, own.values());
            float[] squares = TensorKernels.toFloats(inner, own.squares());
            for (int i = 0; i < mixed.length; i++) {
                double plain = Math.sqrt(squares[i]);
                mixed[i] = (float) (plain + strength * (mixed[i] - plain));
            }
            return new LoraPair.Magnitudes(scope.keep(inner.floats(mixed, mixed.length)), own.squares());
        }
    }

    /** Mixes in fp32; the result has the dtype of what was trained. */
    private NDArray mixed(NDArray plain, NDArray trained, double strength) {
        try (Scope inner = scope.inner()) {
            NDArray sum = TensorKernels.copy(inner, plain, Dtype.F32);
            NDArray other = TensorKernels.copy(inner, trained, Dtype.F32);
            TensorKernels.mixAll(
                    inner,
                    TensorList.of(inner, "targets", List.of(sum)),
                    TensorList.of(inner, "sources", List.of(other)),
                    strength);
            return scope.keep(TensorKernels.castAs(inner, sum, trained));
        }
    }

    /** Returns the weights, which are of use until this is closed. */
    public Weights weights() {
        return new OverlaidWeights(base, values, pairs);
    }

    @Override
    public void close() {
        scope.close();
    }
}
