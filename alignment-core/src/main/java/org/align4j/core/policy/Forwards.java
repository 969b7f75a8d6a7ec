package org.align4j.core.policy;

import java.io.Serializable;
import java.util.List;

/** A place where forwards are taken. The sums of their gradients are the same, bit for bit, in every place with the same slices. */
public interface Forwards {
    /**
     * Takes the forwards of a round. A round that learns has added its gradients to those of what trains when this returns.
     *
     * @param questions of the forwards, in the order in which gradients are added
     * @return the answers in the questions' order
     * @throws org.align4j.core.error.MemoryException where a forward was refused memory; the gradients are then of no use
     */
    <Q extends Serializable, A extends Serializable> List<A> take(Round<Q, A> round, List<Q> questions);
}
