package org.align4j.core.model.experts;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;

/** Feed-forward parts of one shape, of which each token goes through a few. */
interface Experts {

    /**
     * What one expert has to do.
     *
     * @param expert index from 0
     * @param rows {@code [M, H]}, M at least 1
     */
    record Share(int expert, NDArray rows) {}

    int count();

    /** {@code [M, H]} to {@code [M, H]} for each share, in their order. */
    List<NDArray> apply(Scope scope, List<Share> shares, PassContext pass);

    /** The layers that an adapter may stand on. */
    Stream<Linear> linears();

    /** Every parameter, those of the linear layers included. */
    default Stream<Parameter> parameters() {
        return linears().flatMap(Linear::parameters);
    }
}
