package org.align4j.ppo.loss;

import org.align4j.core.autodiff.Var;

/**
 * SAPO (Gao et al. 2025), a soft gate instead of a clip: {@code -A σ(τ (ρ - 1)) 4 / τ}.
 *
 * @param positive τ where the advantage is positive
 * @param negative τ elsewhere
 */
public record Sapo(double positive, double negative) implements Surrogate {
    @Override
    public Var losses(TokenTerms tokens) {
        Var tau = tokens.advantages().constants(advantage -> advantage > 0 ? positive : negative);
        Var gate = tokens.ratio().minus(1).times(tau).sigmoid();
        return gate.times(4).over(tau).times(tokens.advantages()).negate();
    }
}
