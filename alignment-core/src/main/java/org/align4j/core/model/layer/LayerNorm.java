package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Norm;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;

/** Layer norm with a bias (Ba et al. 2016). */
public record LayerNorm(Parameter weight, Parameter bias, double epsilon) implements Norm {

    /** The norm of a module over {@code width} features. */
    public static LayerNorm of(String module, int width, double epsilon) {
        return new LayerNorm(
                new Parameter(module + ".weight", Parameter.Role.NORM, width),
                new Parameter(module + ".bias", Parameter.Role.BIAS, width),
                epsilon);
    }

    @Override
    public NDArray apply(Scope scope, NDArray x, PassContext pass) {
        NDArray w = pass.weights().value(scope, weight);
        NDArray b = pass.weights().value(scope, bias);
        return DecoderKernels.layerNorm(scope, x, w, b, scope.number(epsilon));
    }

    @Override
    public Stream<Parameter> parameters() {
        return Stream.of(weight, bias);
    }
}
