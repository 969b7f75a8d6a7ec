package org.align4j.core.model.experts;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.ExpertKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;

/** Chooses experts, in fp32 whatever the compute dtype: a choice that rounding turns over changes the whole token. */
interface Router {

    /** Experts and shares of {@code [N, H]}. */
    ExpertKernels.Choice choose(Scope scope, NDArray x, PassContext pass);

    /** How many experts a token goes to. */
    int chosen();

    /** The layers that an adapter may stand on. */
    Stream<Linear> linears();

    /** Every parameter, those of the linear layers included. */
    default Stream<Parameter> parameters() {
        return linears().flatMap(Linear::parameters);
    }
}
