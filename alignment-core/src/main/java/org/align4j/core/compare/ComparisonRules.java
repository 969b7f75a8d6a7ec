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
        if (resamples < 100) {
            throw new InputException("resamples is " + resamples + " but must be at least 100; 2000 is usual.");
        }
        if (losses < 0) {
            throw new InputException("losses is " + losses + " but must be at least 0.");
        }
    }

    ClusterBootstrap bootstrap() {
        return new ClusterBootstrap(resamples, seed, CONFIDENCE);
    }
}
