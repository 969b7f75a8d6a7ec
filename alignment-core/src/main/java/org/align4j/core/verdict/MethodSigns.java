package org.align4j.core.verdict;

import java.util.List;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.figure.MethodFigures;

/** What a training method knows of its own runs that a verdict needs. */
public interface MethodSigns {
    /** The figures of its runs. */
    MethodFigures figures();

    /** The signs in its figures, in words, that the model no longer writes sensibly. */
    default List<String> broken(MetricHistory history) {
        return List.of();
    }

    /** Weighs what the held-out rows say by the run's figures. */
    default Judgement weighed(Judgement found, MetricHistory history) {
        return found;
    }
}
