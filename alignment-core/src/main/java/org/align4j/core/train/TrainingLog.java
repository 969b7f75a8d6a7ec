package org.align4j.core.train;

import java.nio.file.Path;
import org.align4j.core.eval.Warning;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.terminal.Progress;
import org.align4j.core.web.DownloadListener;

/** Who follows a training besides its directory: the console, a program. Everything has happened when it is told. */
public interface TrainingLog {
    /** Hears nothing. */
    TrainingLog SILENT = new TrainingLog() {};

    /** The run goes from after {@code step} (0: from the start) to {@code totalSteps}. */
    default void begun(int step, int totalSteps) {}

    /** A line was added to the metrics: a step's, or an evaluation's where {@code step} was 0 or evaluated. */
    default void line(StepMetrics metrics) {}

    /** A checkpoint stands. */
    default void saved(Path checkpoint) {}

    /** An early warning that had not been given before. */
    default void warned(Warning warning) {}

    /** One sentence for a person: what was found or decided, or what the run did otherwise than one might expect. */
    default void note(String sentence) {}

    /** Hears of downloads. */
    default DownloadListener downloads() {
        return DownloadListener.SILENT;
    }

    /**
     * Begins to show how one activity goes on; who asks closes what it gets.
     *
     * @param label what is going on
     * @param total how many units there are
     */
    default Progress progress(String label, long total) {
        return Progress.unseen();
    }
}
