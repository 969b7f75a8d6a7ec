package org.align4j.ppo.loss;

import org.align4j.core.autodiff.Var;

/** The level at which the probability ratio of old and new policy is taken: each token, or a whole response. */
@FunctionalInterface
public interface RatioLevel {
    /** Each token by itself. */
    RatioLevel TOKEN = TokenTerms::logRatio;

    /** GSPO (Zheng et al. 2025): the mean log-ratio of the response. */
    RatioLevel SEQUENCE_MEAN = tokens -> {
        double[] lengths = new double[tokens.lengths().length];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = tokens.lengths()[i];
        }
        return tokens.onTokens(tokens.logRatio().sums(tokens.lengths()).over(lengths));
    };

    /** RLOO (Ahmadian et al. 2024): the summed log-ratio of the response. */
    RatioLevel SEQUENCE_SUM = tokens -> tokens.onTokens(tokens.logRatio().sums(tokens.lengths()));

    /** {@code [N]} the log-ratio on each token. */
    Var logRatio(TokenTerms tokens);
}
