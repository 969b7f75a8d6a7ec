package org.align4j.core.policy;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * One kind of forward that a method takes many of. A question is data alone, and its answer too: another process that opened
 * the method with the settled options answers it to the last bit, and needs to know no more of the round than its name.
 *
 * @param name distinguishes the round from the method's others
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

    /** In which order the sums of a step's slices are added: floating-point sums depend on it. */
    public enum Order {
        /** One after the other: ((s0 + s1) + s2) + … */
        SEQUENCE,
        /** Along a fixed binary tree: (s0 + s1) + (s2 + s3) + …, so that neighbours can be added wherever they were computed. */
        TREE
    }

    /**
     * How the gradients of a step's forwards are added. A slice is a run of consecutive forwards whose gradients are summed from zero in
     * a buffer of its own; the slices' sums are then added in a fixed order. So the result depends on the number of slices and on the
     * order alone, never on who takes them.
     *
     * @param count slices of a step at most; 0: every forward adds to the step's gradients one after the other
     * @param order in which the slices' sums are added
     */
    public record Slices(int count, Order order) {
        /** Every forward adds to the step's gradients one after the other. */
        public static final Slices NONE = new Slices(0, Order.SEQUENCE);

        public Slices {
            if (count < 0) {
                throw new IllegalArgumentException(count + " slices; there must be 0 or more.");
            }
        }

        /** Whether forwards are added slice by slice. */
        public boolean areUsed() {
            return count > 0;
        }

        /** Whether the slices' sums are added along a tree. */
        public boolean areTree() {
            return areUsed() && order == Order.TREE;
        }

        /** Cuts forwards into runs of nearly one length, none of them empty. */
        public <Q> List<List<Q>> of(List<Q> forwards) {
            int slices = Math.min(Math.max(1, count), forwards.size());
            List<List<Q>> result = new ArrayList<>();
            for (int slice = 0; slice < slices; slice++) {
                int from = (int) ((long) slice * forwards.size() / slices);
                int to = (int) ((long) (slice + 1) * forwards.size() / slices);
                result.add(List.copyOf(forwards.subList(from, to)));
            }
            return result;
        }
    }
}
