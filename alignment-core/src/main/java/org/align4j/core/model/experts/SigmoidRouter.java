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
 * The best experts, each weighed by its own sigmoid (Llama 4).
 *
 * @param scores from hidden states to one number an expert
 * @param chosen experts a token goes to
 */
public record SigmoidRouter(Linear scores, int chosen) implements Router {

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
