package org.align4j.core.policy;

import java.io.Serializable;
import java.util.function.Function;

/**
 * One kind of forward that a method takes many of. A question is data alone, and its answer too: another process that opened
 * the method with the settled options answers it to the last bit, and has to be told no more of the round than its name.
 *
 * @param name tells the round from the method's others
 * @param learns whether its forwards have a backward, which adds to the gradients of what trains
 * @param forward answers a question by one forward on the calling thread
 */
public record Round<Q extends Serializable, A extends Serializable>(
        String name, boolean learns, Function<Q, A> forward) {

    /** Makes a round of forwards without a backward. */
    public static <Q extends Serializable, A extends Serializable> Round<Q, A> scoring(
            String name, Function<Q, A> forward) {
        return new Round<>(name, false, forward);
    }

    /** Makes a round of forwards whose backward adds to the gradients of what trains. */
    public static <Q extends Serializable, A extends Serializable> Round<Q, A> learning(
            String name, Function<Q, A> forward) {
        return new Round<>(name, true, forward);
    }
}
