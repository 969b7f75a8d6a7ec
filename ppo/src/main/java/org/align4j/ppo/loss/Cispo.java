package org.align4j.ppo.loss;

import java.util.Arrays;
import org.align4j.core.autodiff.Var;
import org.align4j.ppo.loss.PolicyLoss.Surrogate;
import org.align4j.ppo.loss.PolicyLoss.TokenTerms;
import org.align4j.ppo.loss.PolicyResult.ClippedTokens;
import org.align4j.ppo.loss.PolicyResult.Rollouts;

/**
 * CISPO (MiniMax 2025): {@code -sg(min(ρ, high)) A log π}: every token keeps a gradient, with a bounded weight.
 *
 * @param high the largest weight
 * @see <a href="https://arxiv.org/abs/2506.13585">MiniMax 2025, MiniMax-M1</a>
 */
public record Cispo(double high) implements Surrogate {
    @Override
    public Var losses(TokenTerms tokens) {
        Var weight = tokens.ratio().clamp(0, high).detach();
        return weight.times(tokens.advantages()).times(tokens.policy()).negate();
    }

    /** Counts the tokens whose weight is at its bound. */
    @Override
    public ClippedTokens clipped(Rollouts part, PolicyResult result) {
        long bound = Arrays.stream(Rows.flat(result.ratios()))
                .filter(ratio -> ratio > high)
                .count();
        return new ClippedTokens(0, bound);
    }
}
