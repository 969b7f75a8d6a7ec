package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;

/** Root-mean-square norm (Zhang and Sennrich 2019). */
public record RmsNorm(Parameter weight, double epsilon) implements Norm {

    /** The norm of a module over {@code width} features. */
    public static RmsNorm of(String module, int width, double epsilon) {
        return new RmsNorm(new Parameter(module + ".weight", Parameter.Kind.NORM, width), epsilon);
    }

    @Override
    public NDArray apply(Scope scope, NDArray x, Pass pass) {
        return DecoderKernels.rmsNorm(scope, x, pass.weights().value(scope, weight), scope.number(epsilon));
    }

    @Override
    public Stream<Parameter> parameters() {
        return Stream.of(weight);
    }
}
