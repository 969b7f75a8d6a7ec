package org.align4j.ppo.loss;

import org.align4j.core.autodiff.Var;

/**
 * SAPO (Gao et al. 2025), a soft gate instead of a clip: {@code -A σ(τ (ρ - 1)) 4 / τ}; τ = 1 where the advantage is positive, 1.05
 * elsewhere.
 */
public record Sapo() implements Surrogate {
    @Override
    public Var losses(TokenTerms tokens) {
        Var tau = tokens.advantages().constants(advantage -> advantage > 0 ? 1 : 1.05);
        Var gate = tokens.ratio().minus(1).times(tau).sigmoid();
        return gate.times(4).over(tau).times(tokens.advantages()).negate();
    }
}
