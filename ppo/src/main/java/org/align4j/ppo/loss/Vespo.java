package org.align4j.ppo.loss;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.autodiff.Var;
import org.align4j.core.error.InputException;
import org.align4j.ppo.loss.PolicyLoss.Surrogate;
import org.align4j.ppo.loss.PolicyLoss.TokenTerms;

/**
 * VESPO: {@code -φ(ρ) A log π} with ρ the response's whole ratio, without gradient, and {@code φ = e^λ ρ^k e^(-λ ρ)}, which is 1 at
 * ρ = 1.
 *
 * @param positive k and λ where the advantage isn't negative
 * @param negative k and λ where it is
 * @see <a href="https://arxiv.org/abs/2602.10693">Shen et al. 2026, VESPO</a>
 */
public record Vespo(Weight positive, Weight negative) implements Surrogate {
    /** The weights of TRL. */
    public static final Vespo USUAL = new Vespo(new Weight(2, 3), new Weight(3, 2));

    /**
     * The shape of {@code φ}, which is largest at {@code ρ = k / λ}.
     *
     * @param k the power of the ratio
     * @param lambda how fast a large ratio loses weight
     */
    public record Weight(double k, double lambda) {}

    /** Checks ranges. */
    public Vespo {
        require("vespo-k-pos", positive.k, "2");
        require("vespo-lambda-pos", positive.lambda, "3");
        require("vespo-k-neg", negative.k, "3");
        require("vespo-lambda-neg", negative.lambda, "2");
    }

    private static void require(String name, double given, String usual) {
        if (!(given > 0 && Double.isFinite(given))) {
            throw new InputException(format("%s is %s but must be positive; %s is usual.", name, given, usual));
        }
    }

    @Override
    public Var losses(TokenTerms tokens) {
        Var logWeight =
                tokens.onTokens(tokens.logRatio().sums(tokens.lengths())).detach();
        Var k = tokens.advantages().constants(advantage -> advantage >= 0 ? positive.k : negative.k);
        Var lambda = tokens.advantages().constants(advantage -> advantage >= 0 ? positive.lambda : negative.lambda);
        Var phi = lambda.plus(k.times(logWeight))
                .minus(lambda.times(logWeight.exp()))
                .exp();
        return phi.times(tokens.advantages()).times(tokens.policy()).negate();
    }
}
