package org.align4j.desk.watch;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a run is doing, as a page says it. */
enum RunState {
    /** There is no run yet. */
    WAITING,
    /** A process has the run in hand, and takes no steps yet. */
    STARTING,
    RUNNING,
    /** The run was asked to pause, and is in a step. */
    PAUSING,
    PAUSED,
    /** The run was asked to stop, and is in a step. */
    STOPPING,
    DONE,
    STOPPED,
    FAILED,
    /** The run says that it goes on, and no process trains it. */
    KILLED,
    /** Halving left it at its rung. */
    PRUNED,
    /** A run that was there was moved or deleted. */
    GONE;

    @JsonValue
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether a process trains it now. */
    boolean isAtWork() {
        return switch (this) {
            case STARTING, RUNNING, PAUSING, PAUSED, STOPPING -> true;
            default -> false;
        };
    }
}
