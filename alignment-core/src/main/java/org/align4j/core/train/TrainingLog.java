package org.align4j.core.train;

import java.nio.file.Path;
import org.align4j.core.eval.Warning;
import org.align4j.core.run.StepMetrics;

/** Who follows a run besides its directory: the console, TensorBoard. Everything has happened when it is told. */
public interface TrainingLog {
    /** The run goes from after {@code step} (0: from the start) to {@code totalSteps}. */
    default void begun(int step, int totalSteps) {}

    /** A line was added to the metrics: a step's, or an evaluation's where {@code step} was 0 or evaluated. */
    default void line(StepMetrics metrics) {}

    /** A checkpoint stands. */
    default void saved(Path checkpoint) {}

    /** An early warning that had not been given before. */
    default void warned(Warning warning) {}

    /** One sentence about what the run did otherwise than one might expect: a damaged checkpoint passed over. */
    default void note(String sentence) {}
}
