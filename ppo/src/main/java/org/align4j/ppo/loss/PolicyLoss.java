package org.align4j.ppo.loss;

import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;

/**
 * A loss of the policy on rollouts: a surrogate of the probability ratio and the advantage, perhaps a penalty for leaving
 * the reference, averaged over a batch. PPO: {@code new PolicyLoss(RatioLevel.TOKEN, Clip.of(0.2), ReferencePenalty.NONE,
 * Averaging.TOKENS)}.
 *
 * @param level what the ratio is taken over
 * @param surrogate what of a token is minimised
 * @param penalty the KL term within the loss
 * @param averaging how tokens are averaged
 */
public record PolicyLoss(RatioLevel level, Surrogate surrogate, ReferencePenalty penalty, Averaging averaging) {
    /** Loss and gradients of a whole batch. */
    public PolicyResult evaluate(Rollouts whole) {
        return evaluate(whole, Averaging.Totals.of(whole.policy()));
    }

    /** Computes the share of {@code part} in the loss and the gradients of the batch whose totals are given. */
    public PolicyResult evaluate(Rollouts part, Averaging.Totals totals) {
        Tape tape = new Tape();
        TokenTerms tokens = new TokenTerms(tape, part, level);
        Var losses = surrogate.losses(tokens);
        if (penalty.coefficient() != 0) {
            losses = losses.plus(penalty.of(tokens));
        }
        Var loss = averaging.average(losses, tokens.lengths(), totals);
        tape.backward(loss);
        return new PolicyResult(
                loss.value(),
                Rows.ragged(tokens.policy().gradient(), tokens.lengths()),
                Rows.ragged(tokens.ratio().values(), tokens.lengths()),
                Rows.ragged(tokens.logRatio().values(), tokens.lengths()));
    }
}
