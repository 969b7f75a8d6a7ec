package org.align4j.core.model.experts;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.ExpertKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.Linear;
import org.align4j.core.model.PassContext;

/**
 * The likeliest experts by a softmax over all of them (Jiang et al. 2024).
 *
 * @param scores from hidden states to one number an expert
 * @param chosen experts a token goes to
 * @param normalised whether the shares of the chosen add up to one
 */
public record SoftmaxRouter(Linear scores, int chosen, boolean normalised) implements Router {

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
