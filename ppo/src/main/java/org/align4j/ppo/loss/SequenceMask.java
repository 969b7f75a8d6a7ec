package org.align4j.ppo.loss;

import org.align4j.core.autodiff.Var;
import org.align4j.ppo.loss.PolicyLoss.Surrogate;
import org.align4j.ppo.loss.PolicyLoss.TokenTerms;
import org.align4j.ppo.loss.PolicyResult.ClippedTokens;
import org.align4j.ppo.loss.PolicyResult.Rollouts;

/**
 * Off-policy sequence masking (DeepSeek-V3.2 2025): a response with a negative advantage that the policy has moved away from teaches
 * nothing more. It is left out where the mean over its tokens of {@code log π_old − log π} is above a bound.
 *
 * @param of the surrogate of the responses that are kept
 * @param most nats per token
 */
public record SequenceMask(Surrogate of, double most) implements Surrogate {
    @Override
    public Var losses(TokenTerms tokens) {
        return of.losses(tokens).times(kept(tokens));
    }

    private double[] kept(TokenTerms tokens) {
        double[] logRatio = tokens.logRatio().values();
        double[] advantages = tokens.advantages().values();
        double[] kept = new double[logRatio.length];
        int from = 0;
        for (int length : tokens.lengths()) {
            double sum = 0;
            for (int i = from; i < from + length; i++) {
                sum -= logRatio[i];
            }
            for (int i = from; i < from + length; i++) {
                kept[i] = advantages[i] >= 0 || sum / length <= most ? 1 : 0;
            }
            from += length;
        }
        return kept;
    }

    @Override
    public ClippedTokens clipped(Rollouts part, PolicyResult result) {
        return of.clipped(part, result);
    }
}
