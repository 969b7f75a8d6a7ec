package org.align4j.ppo;

import java.util.Arrays;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.ppo.loss.KlEstimator;
import org.align4j.ppo.ImprovementOptions.KlName;

/**
 * How far responses are from the reference, in nats, summed over their tokens; a token's log-ratio beyond ±10 counts as that.
 *
 * @param k1 {@code [B]} the mean log-ratio's estimate, unbiased, what is reported and limited whatever the method
 * @param estimated {@code [B]} the estimate by which the method penalises
 * @param estimator whose estimate that is
 * @param known whether there is a reference; else all are 0
 */
@SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
record Divergences(double[] k1, double[] estimated, KlName estimator, boolean known) {
    private static final double LARGEST_LOG_RATIO = 10;

    static Divergences of(PpoPlan plan, Compared compared) {
        KlName estimator = plan.improvement().klEstimator();
        return new Divergences(
                sums(ofTokens(KlName.K1, compared)),
                sums(ofTokens(estimator, compared)),
                estimator,
                !plan.reference().is(ReferenceChoice.Kind.NONE));
    }

    /** {@code [B][T]} an estimator's values of the tokens. */
    static double[][] ofTokens(KlName name, Compared compared) {
        KlEstimator estimator = name.estimator();
        KlEstimator bounded = x -> estimator.of(Math.max(-LARGEST_LOG_RATIO, Math.min(LARGEST_LOG_RATIO, x)));
        return bounded.of(compared.policy(), compared.reference());
    }

    private static double[] sums(double[][] tokens) {
        return Arrays.stream(tokens)
                .mapToDouble(row -> Arrays.stream(row).sum())
                .toArray();
    }
}
