package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.Scope;
import org.jspecify.annotations.Nullable;

/** The attention of a decoder layer: projections around one {@link AttentionCore} let its tokens see each other. */
public interface SelfAttention {

    /** Runs the attention, {@code [N, H]} to {@code [N, H]}. */
    NDArray apply(Scope scope, NDArray x, PassContext pass);

    AttentionCore core();

    /** What comes after the heads: {@code [N, heads * value width]} to {@code [N, H]}. */
    Linear output();

    /** Counts the heads of the queries. */
    default int queryHeads() {
        return output().inputs() / core().valueWidth();
    }

    /** Returns how rotary positions are put into queries and keys; null where they are put in elsewhere, or not at all. */
    default @Nullable Rope rope() {
        return null;
    }

    /** Lists the linear layers that an adapter may be added to. */
    Stream<Linear> linears();

    /** Lists every parameter, those of the linear layers included. */
    default Stream<Parameter> parameters() {
        return linears().flatMap(Linear::parameters);
    }
}
