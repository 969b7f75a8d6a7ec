package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.Scope;

/** One layer of a decoder: attention, a feed-forward part, and norms about them. */
public interface DecoderLayer {

    /** {@code [N, H]} to {@code [N, H]}; the result and all temporaries belong to {@code scope}. */
    NDArray apply(Scope scope, NDArray x, PassContext pass);

    SelfAttention attention();

    /** The layer's attention, for what a key/value cache must hold. */
    default AttentionCore attentionCore() {
        return attention().core();
    }

    Stream<Linear> linears();

    Stream<Parameter> parameters();

    /** Numbers in weights that any one token leaves unused. */
    default long idleElements() {
        return 0;
    }
}
