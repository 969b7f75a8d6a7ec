package org.align4j.core;

import org.align4j.core.stop.StopRequest;

/**
 * Cancels trainings from another thread. One that is cancelled ends between two kernels, saves its last whole step, and throws {@link
 * org.align4j.core.stop.StoppedException}; its run can be resumed.
 */
public final class Cancellation {
    private final StopRequest request = new StopRequest();

    /** Cancels every training that was given this, now and later. */
    public void cancel() {
        request.raise();
    }

    /** Whether the caller cancelled the work. */
    public boolean isCancelled() {
        return request.isRaised();
    }

    StopRequest request() {
        return request;
    }

    /** Writes whether the work was cancelled. */
    @Override
    public String toString() {
        return isCancelled() ? "Cancellation[cancelled]" : "Cancellation[not cancelled]";
    }
}
