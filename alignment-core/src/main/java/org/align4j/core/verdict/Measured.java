package org.align4j.core.verdict;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A figure that a verdict rests on, before and after training: an entry of {@code evidence} in {@code result.json}.
 *
 * @param figure its name, such as {@code margin}
 * @param before mean over the rows before the first step
 * @param after mean over the same rows after training
 * @param difference after less before
 * @param interval low and high of the difference's 95 % interval; a null bounds nothing, as of rows of one prompt
 * @param n how many rows it is the mean of
 * @param method how the interval was made
 */
public record Measured(
        String figure,
        double before,
        double after,
        double difference,
        List<@Nullable Double> interval,
        int n,
        String method) {
    /** Copies the interval. */
    public Measured {
        interval = Collections.unmodifiableList(new ArrayList<>(interval));
    }
}
