package org.align4j.core.train;

import org.align4j.core.eval.Warning;
import org.align4j.core.run.RunEvent;
import org.align4j.core.terminal.Progress;
import org.align4j.core.web.DownloadListener;

/** Who follows a training besides its directory: the console, a program. Everything has happened when it is told. */
@FunctionalInterface
public interface TrainingLog {
    /** Hears nothing. */
    TrainingLog SILENT = event -> {};

    /** Something happened. What this throws ends the training; the last whole step is saved. */
    void hear(RunEvent event);

    /** Tells an early warning that had not been given before. */
    default void warned(Warning warning) {
        hear(new RunEvent.Warned(warning.code(), warning.seen(), warning.advice()));
    }

    /** Tells one sentence for a person: what was found or decided, or what the run did otherwise than one might expect. */
    default void note(String sentence) {
        hear(RunEvent.Progress.sentence(sentence));
    }

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
