package org.align4j.core.model.experts;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.ExpertKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;

/** Chooses experts, in fp32 whatever the compute dtype: a choice that rounding turns over changes the whole token. */
public interface Router {

    /** Experts and shares of {@code [N, H]}. */
    ExpertKernels.Choice choose(Scope scope, NDArray x, PassContext pass);

    /** Returns the number of experts per token. */
    int chosen();

    /** The layers that an adapter may be added to. */
    Stream<Linear> linears();

    /** Lists every parameter, those of the linear layers included. */
    default Stream<Parameter> parameters() {
        return linears().flatMap(Linear::parameters);
    }

    /**
     * DeepSeek-V3's router (DeepSeek-AI 2024): experts scored one by one, only those of the best groups compared, with a bias that
     * balances their load and takes no part in the shares. It is no linear layer, so that an adapter has no place on it.
     *
     * @param scores {@code [E, H]} from hidden states to one number per expert
     * @param correction {@code [E]} the bias, which training leaves alone
     * @param normalised whether the shares of the chosen are divided by their sum
     * @param scaling what the shares are multiplied by
     */
    record GroupedRouter(
            Parameter scores, Parameter correction, ExpertKernels.Grouping grouping, boolean normalised, double scaling)
            implements Router {

        @Override
        public ExpertKernels.Choice choose(Scope scope, NDArray x, PassContext pass) {
            NDArray weight = pass.weights().value(scope, scores);
            NDArray logits = DecoderKernels.linear(scope, TensorKernels.cast(scope, x, Dtype.F32), weight);
            NDArray bias = pass.weights().value(scope, correction);
            return ExpertKernels.byGroups(scope, logits, bias, grouping, normalised, scope.number(scaling));
        }

        @Override
        public int chosen() {
            return grouping.count();
        }

        @Override
        public Stream<Linear> linears() {
            return Stream.empty();
        }

        @Override
        public Stream<Parameter> parameters() {
            return Stream.of(scores, correction);
        }
    }

    /**
     * The best experts, each weighed by its own sigmoid (Llama 4).
     *
     * @param scores from hidden states to one number per expert
     * @param chosen experts a token goes to
     */
    record SigmoidRouter(Linear scores, int chosen) implements Router {

        @Override
        public ExpertKernels.Choice choose(Scope scope, NDArray x, PassContext pass) {
            NDArray logits = scores.apply(scope, TensorKernels.cast(scope, x, Dtype.F32), pass);
            return ExpertKernels.bySigmoid(scope, logits, chosen);
        }

        @Override
        public Stream<Linear> linears() {
            return Stream.of(scores);
        }
    }

    /**
     * The likeliest experts by a softmax over all of them (Jiang et al. 2024).
     *
     * @param scores from hidden states to one number per expert
     * @param chosen experts a token goes to
     * @param normalised whether the shares of the chosen add up to one
     */
    record SoftmaxRouter(Linear scores, int chosen, boolean normalised) implements Router {

        @Override
        public ExpertKernels.Choice choose(Scope scope, NDArray x, PassContext pass) {
            NDArray logits = scores.apply(scope, TensorKernels.cast(scope, x, Dtype.F32), pass);
            return ExpertKernels.bySoftmax(scope, logits, chosen, normalised);
        }

        @Override
        public Stream<Linear> linears() {
            return Stream.of(scores);
        }
    }

    /**
     * ERNIE 4.5's router (Baidu 2025): a softmax over all experts, and a bias that balances their load and takes no part in the shares. It
     * is no linear layer, so that an adapter has no place on it.
     *
     * @param scores {@code [E, H]} from hidden states to one number per expert
     * @param correction {@code [1, E]} the bias, which training leaves alone
     * @param chosen experts a token goes to
     * @param least what the shares of the chosen are divided by where their sum is smaller
     */
    record BiasedSoftmaxRouter(Parameter scores, Parameter correction, int chosen, double least) implements Router {

        @Override
        public ExpertKernels.Choice choose(Scope scope, NDArray x, PassContext pass) {
            NDArray weight = pass.weights().value(scope, scores);
            NDArray logits = DecoderKernels.linear(scope, TensorKernels.cast(scope, x, Dtype.F32), weight);
            NDArray bias = pass.weights().value(scope, correction);
            return ExpertKernels.byBiasedSoftmax(scope, logits, bias, chosen, scope.number(least));
        }

        @Override
        public Stream<Linear> linears() {
            return Stream.empty();
        }

        @Override
        public Stream<Parameter> parameters() {
            return Stream.of(scores, correction);
        }
    }
}
