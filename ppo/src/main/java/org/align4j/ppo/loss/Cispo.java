package org.align4j.ppo.loss;

import org.align4j.core.autodiff.Var;

/**
 * CISPO (MiniMax 2025): {@code -sg(min(ρ, high)) A log π}: every token keeps a gradient, with a bounded weight.
 *
 * @param high the largest weight
 */
public record Cispo(double high) implements Surrogate {
    @Override
    public Var losses(TokenTerms tokens) {
        Var weight = tokens.ratio().clamp(0, high).detach();
        return weight.times(tokens.advantages()).times(tokens.policy()).negate();
    }
}
