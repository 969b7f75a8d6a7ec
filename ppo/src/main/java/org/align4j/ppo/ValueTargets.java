package org.align4j.ppo;

import java.io.Serializable;
import org.align4j.ppo.rollout.Layout;

/**
 * What the critic said of a step's tokens, and what it should have said.
 *
 * @param old {@code [B][T]} its values before the step
 * @param returns {@code [B][T]}
 */
@SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
record ValueTargets(double[][] old, double[][] returns) implements Serializable {

    /** Returns those of one forward's responses. */
    public ValueTargets of(Layout.Packed part) {
        return new ValueTargets(part.of(old), part.of(returns));
    }
}
