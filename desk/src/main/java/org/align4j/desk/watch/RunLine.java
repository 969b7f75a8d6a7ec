package org.align4j.desk.watch;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a page shows of a run in one line.
 *
 * @param state what the run is doing
 * @param name of its folder
 * @param command that trains; empty before it is known
 * @param step optimizer steps done
 * @param total steps that it is to have, 0 before that is known
 * @param left seconds that the rest will take; null where nobody knows
 * @param figures of its last step, in words
 * @param activity what goes on beside steps, in words
 * @param reason why it ended, or what to do, in a sentence; empty where that is plain
 * @param peakBytes memory at the peak so far; null where nobody knows
 * @param ask words of {@link org.align4j.core.stop.Control} that it would obey now
 */
record RunLine(
        RunState state,
        String name,
        String command,
        int step,
        int total,
        @Nullable Double left,
        String figures,
        String activity,
        String reason,
        @Nullable Double peakBytes,
        List<String> ask) {
    RunLine {
        ask = List.copyOf(ask);
    }

    /** Makes the line of what has nothing to show yet, or no longer. */
    static RunLine of(RunState state, String name, String reason) {
        return new RunLine(state, name, "", 0, 0, null, "", "", reason, null, List.of());
    }

    RunLine named(String other) {
        return new RunLine(state, other, command, step, total, left, figures, activity, reason, peakBytes, ask);
    }
}
