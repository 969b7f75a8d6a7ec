package org.align4j.core.eval;

import java.util.Optional;

/** Looks at a run's figures so far for one thing that usually ends in a model nobody wants. A pure function. */
public interface EarlyWarning {
    /**
     * Warns where the figures show it.
     *
     * @param history the figures so far
     * @param facts what is known of the run besides
     */
    Optional<Warning> look(MetricHistory history, DataFacts facts);
}
