package org.align4j.core.train;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import org.align4j.core.error.RunException;
import org.align4j.core.run.Product;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunResult;
import org.align4j.core.run.RunResult.Status;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.stop.StoppedException;
import org.align4j.core.train.Learner.LimitReached;
import org.jspecify.annotations.Nullable;

/**
 * The ways in which a run ends, each whole though a signal comes: done with its products published, stopped, failed.
 *
 * @param products what a finished run leaves
 * @param keep checkpoints that stay
 */
record RunEnd(RunDirectory run, List<Product> products, int keep) {

    /** Saves the last step and publishes the products; the reason is for an end before the last step. */
    RunResult done(RunRecord record, @Nullable String reason) {
        return StopSignal.<RunResult, RuntimeException>defer(() -> {
            record.save(keep);
            return publish(record, reason);
        });
    }

    /** Publishes the products of the state that was found within the limits and saved then. */
    RunResult within(RunRecord record, String reason) {
        return StopSignal.<RunResult, RuntimeException>defer(() -> publish(record, reason));
    }

    private RunResult publish(RunRecord record, @Nullable String reason) {
        products.forEach(product -> run.publish(product.name(), product.content()));
        return record.end(Status.DONE, reason);
    }

    /**
     * Saves the last whole step: a resumed run goes on from there.
     *
     * @throws RunException where the disk doesn't take that step, or a weight is not finite; the run has failed then, not stopped
     */
    void stopped(RunRecord record, StoppedException stop) {
        StopSignal.defer(() -> {
            try {
                if (record.state().step() > 0) {
                    record.save(keep);
                }
            } catch (RuntimeException | Error unsaved) {
                unsaved.addSuppressed(stop);
                failed(record, unsaved);
                throw unsaved;
            }
            record.end(Status.STOPPED, stop.getMessage());
        });
    }

    /** Writes down why; that matters more than that the disk, which may be its cause, doesn't take word of it. */
    void failed(RunRecord record, Throwable failed) {
        StopSignal.defer(() -> {
            try {
                record.countFailure(failed);
                record.end(Status.FAILED, String.valueOf(failed.getMessage()));
            } catch (RunException alsoFailed) {
                failed.addSuppressed(alsoFailed);
            }
        });
    }

    /**
     * Sets the checkpoint beyond a limit aside, so that the one before it is the newest.
     *
     * @throws RunException where there is none before it
     */
    void beyond(RunRecord record, LimitReached limit) {
        if (record.state().step() == 0) {
            failed(record, limit);
            throw new RunException(
                    format(
                            "The model as it starts is beyond a limit already: %s. Nothing was trained; change the limit.",
                            limit.getMessage()),
                    limit);
        }
        run.checkpoints().setAside(record.state().step(), "beyond-");
    }
}
