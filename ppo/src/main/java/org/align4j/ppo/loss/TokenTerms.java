package org.align4j.ppo.loss;

import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;
import org.align4j.ppo.loss.PolicyLoss.RatioLevel;
import org.align4j.ppo.loss.PolicyResult.Rollouts;

/** The quantities that policy losses are written in: N tokens of B responses, end to end. */
public final class TokenTerms {
    private static final double LARGEST_LOG_RATIO = 20;

    private final int[] lengths;
    private final Var policy;
    private final Var reference;
    private final Var logRatio;
    private final Var ratio;
    private final Var advantages;

    TokenTerms(Tape tape, Rollouts rollouts, RatioLevel level) {
        lengths = Rows.lengths(rollouts.policy());
        policy = tape.variable(Rows.flat(rollouts.policy()));
        reference = tape.constant(Rows.flat(rollouts.reference() == null ? rollouts.policy() : rollouts.reference()));
        advantages = tape.constant(Rows.flat(rollouts.advantages()));
        logRatio = policy.minus(tape.constant(Rows.flat(rollouts.old())));
        ratio = level.logRatio(this)
                .clamp(-LARGEST_LOG_RATIO, LARGEST_LOG_RATIO)
                .exp();
    }

    /** {@code [B]} tokens in each response. */
    public int[] lengths() {
        return lengths;
    }

    /** {@code [N]} log π. */
    public Var policy() {
        return policy;
    }

    /** {@code [N]} log π_ref. */
    public Var reference() {
        return reference;
    }

    /** {@code [N]} log π − log π_old of each token. */
    public Var logRatio() {
        return logRatio;
    }

    /** {@code [N]} the ratio π / π_old, at the level that was chosen. */
    public Var ratio() {
        return ratio;
    }

    /** {@code [N]} advantages, constants. */
    public Var advantages() {
        return advantages;
    }

    /** {@code [N]} one number a response, {@code [B]}, on each of its tokens. */
    public Var onTokens(Var perResponse) {
        return perResponse.gather(Rows.rowOfToken(lengths));
    }
}
