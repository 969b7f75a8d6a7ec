package org.align4j.core.compare;

import org.align4j.core.error.InputException;
import org.align4j.core.eval.ClusterBootstrap;

/**
 * Says how a comparison is made and what its figures rest on.
 *
 * @param allPairs whether judges that read both answers see each two systems; else only the first system and each other one
 * @param seed of the bootstraps
 * @param resamples of a bootstrap
 * @param losses how many lost matches of a system are shown side by side
 */
public record ComparisonRules(boolean allPairs, long seed, int resamples, int losses) {
    /** The first system against each other one, 2,000 resamples, ten losses. */
    public static final ComparisonRules USUAL = new ComparisonRules(false, 42, 2000, 10);

    private static final double CONFIDENCE = 0.95;

    /** Checks ranges. */
    public ComparisonRules {
        InputException.requireAtLeast(100, "resamples", resamples, "2000 is usual");
        InputException.requireAtLeast(0, "losses", losses, "");
    }

    ClusterBootstrap bootstrap() {
        return new ClusterBootstrap(resamples, seed, CONFIDENCE);
    }
}
