package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.Norm;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;
import org.jspecify.annotations.Nullable;

/** Root-mean-square norm (Zhang and Sennrich 2019). */
public record RmsNorm(Parameter weight, double epsilon, Gain gain) implements Norm {

    /** What the normed values are multiplied by, and where they are rounded to the compute dtype. */
    public enum Gain {
        /** Rounded, then multiplied by the weight (Llama). */
        WEIGHT_AFTER_ROUNDING,
        /** Multiplied by the weight, then rounded (OLMo 2). */
        WEIGHT,
        /** Multiplied by one plus the weight, then rounded (Gemma). */
        ONE_PLUS_WEIGHT
    }

    /** Llama's norm of a module over {@code width} features. */
    public static RmsNorm of(String module, int width, double epsilon) {
        return of(module, width, epsilon, Gain.WEIGHT_AFTER_ROUNDING);
    }

    /** The norm of a module over {@code width} features. */
    public static RmsNorm of(String module, int width, double epsilon, Gain gain) {
        return new RmsNorm(new Parameter(module + ".weight", Parameter.Role.NORM, width), epsilon, gain);
    }

    @Override
    public NDArray apply(Scope scope, NDArray x, PassContext pass, boolean wide) {
        NDArray w = gain(scope, weight, pass, wide);
        NDArray e = scope.number(epsilon);
        return switch (gain) {
            case WEIGHT_AFTER_ROUNDING -> DecoderKernels.rmsNorm(scope, x, w, e);
            case WEIGHT -> DecoderKernels.wideRmsNorm(scope, x, w, e, scope.number(0));
            case ONE_PLUS_WEIGHT -> DecoderKernels.wideRmsNorm(scope, x, w, e, scope.number(1));
        };
    }

    @Override
    public Stream<Parameter> parameters() {
        return Stream.of(weight);
    }

    /** The weight in the dtype that the norm's result gets. */
    private static NDArray gain(Scope scope, Parameter weight, PassContext pass, boolean wide) {
        NDArray w = pass.weights().value(scope, weight);
        return wide && pass.attention().sumsWide() ? TensorKernels.cast(scope, w, Dtype.F32) : w;
    }

    /**
     * Layer norm (Ba et al. 2016).
     *
     * @param bias null: none
     */
    public record LayerNorm(Parameter weight, @Nullable Parameter bias, double epsilon) implements Norm {

        /** The norm of a module over {@code width} features, without a bias (Cohere). */
        public static LayerNorm unbiased(String module, int width, double epsilon) {
            return new LayerNorm(new Parameter(module + ".weight", Parameter.Role.NORM, width), null, epsilon);
        }

        /** The norm of a module over {@code width} features. */
        public static LayerNorm of(String module, int width, double epsilon) {
            return new LayerNorm(
                    new Parameter(module + ".weight", Parameter.Role.NORM, width),
                    new Parameter(module + ".bias", Parameter.Role.BIAS, width),
                    epsilon);
        }

        @Override
        public NDArray apply(Scope scope, NDArray x, PassContext pass, boolean wide) {
            NDArray w = gain(scope, weight, pass, wide);
            NDArray e = scope.number(epsilon);
            return bias == null
                    ? DecoderKernels.layerNorm(scope, x, w, e)
                    : DecoderKernels.layerNorm(scope, x, w, pass.weights().value(scope, bias), e);
        }

        @Override
        public Stream<Parameter> parameters() {
            return bias == null ? Stream.of(weight) : Stream.of(weight, bias);
        }
    }
}
