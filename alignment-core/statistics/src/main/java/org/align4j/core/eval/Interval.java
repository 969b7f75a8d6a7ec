package org.align4j.core.eval;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds a confidence interval.
 *
 * @param low lower bound; negative infinity where nothing bounds it
 * @param high upper bound; infinity where nothing bounds it
 * @param confidence its level, 0.95 for a 95 % interval
 */
public record Interval(double low, double high, double confidence) {
    public Interval {
        if (!(low <= high)) {
            throw new IllegalArgumentException("The interval's low " + low + " must not exceed its high " + high + ".");
        }
        if (!(confidence > 0 && confidence < 1)) {
            throw new IllegalArgumentException("confidence is " + confidence + " but must lie between 0 and 1.");
        }
    }

    /** Lists low and high as a JSON document has them; a bound that isn't finite is null. */
    public List<@Nullable Double> bounds() {
        return Collections.unmodifiableList(Arrays.asList(finite(low), finite(high)));
    }

    private static @Nullable Double finite(double bound) {
        return Double.isFinite(bound) ? bound : null;
    }

    /** Whether the value lies inside, bounds included. */
    public boolean contains(double value) {
        return low <= value && value <= high;
    }
}
