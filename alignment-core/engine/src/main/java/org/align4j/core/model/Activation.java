package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableSet;
import java.util.Arrays;
import java.util.Optional;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;

/** Nonlinearities, under the names that {@code config.json} has for them. */
public enum Activation {
    SILU("silu", "swish") {
        @Override
        public NDArray apply(Scope scope, NDArray x) {
            return DecoderKernels.silu(scope, x);
        }

        @Override
        public NDArray gated(Scope scope, NDArray gate, NDArray x) {
            return DecoderKernels.swiglu(scope, gate, x);
        }
    },
    GELU("gelu", "gelu_python") {
        @Override
        public NDArray apply(Scope scope, NDArray x) {
            return DecoderKernels.gelu(scope, x);
        }
    },
    GELU_TANH("gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate") {
        @Override
        public NDArray apply(Scope scope, NDArray x) {
            return DecoderKernels.geluTanh(scope, x);
        }
    },
    RELU("relu") {
        @Override
        public NDArray apply(Scope scope, NDArray x) {
            return DecoderKernels.relu(scope, x);
        }
    };

    private final ImmutableSet<String> names;

    Activation(String... names) {
        this.names = ImmutableSet.copyOf(names);
    }

    /** The activation of a name; empty where none is called so. */
    public static Optional<Activation> named(String name) {
        return Arrays.stream(values())
                .filter(activation -> activation.names.contains(name))
                .findFirst();
    }

    /** Element by element, any shape. */
    public abstract NDArray apply(Scope scope, NDArray x);

    /** The activation of a gate times what it gates, any shape. */
    public NDArray gated(Scope scope, NDArray gate, NDArray x) {
        return DecoderKernels.multiply(scope, apply(scope, gate), x);
    }
}
