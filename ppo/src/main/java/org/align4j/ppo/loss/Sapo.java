package org.align4j.ppo.loss;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.autodiff.Var;
import org.align4j.core.error.InputException;
import org.align4j.ppo.loss.PolicyLoss.Surrogate;
import org.align4j.ppo.loss.PolicyLoss.TokenTerms;

/**
 * SAPO (Gao et al. 2025), a soft gate instead of a clip: {@code -A σ(τ (ρ - 1)) 4 / τ}.
 *
 * @param positive τ where the advantage is positive
 * @param negative τ elsewhere; larger than {@code positive}, it closes the gate sooner on bad responses
 * @see <a href="https://arxiv.org/abs/2511.20347">Gao et al. 2025, Soft adaptive policy optimization</a>
 */
public record Sapo(double positive, double negative) implements Surrogate {
    /** The temperatures of the paper and of TRL. */
    public static final Sapo USUAL = new Sapo(1, 1.05);

    /** Checks ranges. */
    public Sapo {
        require("sapo-temperature-pos", positive, "1");
        require("sapo-temperature-neg", negative, "1.05");
    }

    private static void require(String name, double given, String usual) {
        if (!(given > 0 && Double.isFinite(given))) {
            throw new InputException(format("%s is %s but must be positive; %s is usual.", name, given, usual));
        }
    }

    @Override
    public Var losses(TokenTerms tokens) {
        Var tau = tokens.advantages().constants(advantage -> advantage > 0 ? positive : negative);
        Var gate = tokens.ratio().minus(1).times(tau).sigmoid();
        return gate.times(4).over(tau).times(tokens.advantages()).negate();
    }
}
