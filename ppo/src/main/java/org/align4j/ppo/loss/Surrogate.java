package org.align4j.ppo.loss;

import org.align4j.core.autodiff.Var;

/** The surrogate of a policy loss: what of a token is minimised, before tokens are averaged. */
@FunctionalInterface
public interface Surrogate {
    /** {@code [N]} */
    Var losses(TokenTerms tokens);
}
