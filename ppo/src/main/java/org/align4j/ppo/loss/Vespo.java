package org.align4j.ppo.loss;

import org.align4j.core.autodiff.Var;

/**
 * VESPO: {@code -φ(w) A log π} with w the response's whole ratio, without gradient, and {@code φ = e^λ w^k e^(-λ w)}; k = 2 and
 * λ = 3 where the advantage isn't negative, k = 3 and λ = 2 where it is.
 */
public record Vespo() implements Surrogate {
    @Override
    public Var losses(TokenTerms tokens) {
        Var logWeight =
                tokens.onTokens(tokens.logRatio().sums(tokens.lengths())).detach();
        Var k = tokens.advantages().constants(advantage -> advantage >= 0 ? 2 : 3);
        Var lambda = tokens.advantages().constants(advantage -> advantage >= 0 ? 3 : 2);
        Var phi = lambda.plus(k.times(logWeight))
                .minus(lambda.times(logWeight.exp()))
                .exp();
        return phi.times(tokens.advantages()).times(tokens.policy()).negate();
    }
}
