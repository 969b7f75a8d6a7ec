package org.align4j.core.train;

import java.util.function.Consumer;
import org.align4j.core.eval.Warning;
import org.align4j.core.run.RunEvent;
import org.align4j.core.terminal.Progress;
import org.align4j.core.web.Transfer;

/**
 * Where a training, or whatever else takes long, says what happens, in {@link RunEvent}s alone: the console, the file of a run and the
 * listener of a program follow.
 *
 * @param follower hears each event on the thread where it happened, after it did; what it throws ends a training, whose last whole step
 *     is saved
 */
public record TrainingLog(Consumer<RunEvent> follower) {
    /** A log that nobody follows. */
    public static final TrainingLog SILENT = new TrainingLog(event -> {});

    /** Reports what happened. */
    public void hear(RunEvent event) {
        follower.accept(event);
    }

    /** Reports an early warning that had not been given before. */
    public void warned(Warning warning) {
        hear(new RunEvent.Warned(warning.code(), warning.seen(), warning.advice()));
    }

    /** Reports one sentence for a person: what was found or decided, or what the run did otherwise than one might expect. */
    public void note(String sentence) {
        hear(RunEvent.Progress.sentence(sentence));
    }

    /** Returns what reports a download. */
    public Consumer<Transfer> downloads() {
        return transfer -> hear(new RunEvent.Downloading(transfer.what(), transfer.done(), transfer.bytes()));
    }

    /**
     * Begins to tell how one activity goes on; who asks closes what it gets.
     *
     * @param label what is going on
     * @param total how many units there are
     */
    public Progress progress(String label, long total) {
        hear(new RunEvent.Progress(label, 0L, total));
        return Progress.followed(total, (done, all) -> hear(new RunEvent.Progress(label, done, all)));
    }

    /** Returns a log whose events somebody else hears before the followers of this one. */
    public TrainingLog after(Consumer<RunEvent> first) {
        return new TrainingLog(first.andThen(follower));
    }
}
