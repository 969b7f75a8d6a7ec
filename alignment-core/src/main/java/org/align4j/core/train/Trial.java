package org.align4j.core.train;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.stop.StopSignal;

/**
 * The largest forwards of a run with their backward, computed and forgotten before the first step as if they were one, so that what
 * has no room, several forwards side by side too, fails in the first minute. Nothing moves: no step is applied, random numbers follow from their seeds, and a step begins with zero
 * gradients.
 */
final class Trial {
    private final Objective objective;
    private final Timetable timetable;
    private final Workload work;
    private final int plannedTokens;

    /** @param work what the steps come to within the budget as it is now */
    Trial(Objective objective, Timetable timetable, Workload work) {
        this.objective = objective;
        this.timetable = timetable;
        this.work = work;
        this.plannedTokens = objective.budget().tokens();
    }

    /** Computes them, with fewer tokens in a forward where memory is refused; none where the objective doesn't tell them. */
    void run() {
        objective.budget().withinMemory(() -> {
            StopSignal.throwIfStopped();
            int[] rows = largest().stream()
                    .flatMapToInt(forward -> Arrays.stream(forward.rows()))
                    .distinct()
                    .toArray();
            if (rows.length > 0) {
                objective.accumulate(new StepPlan(0, 0, 0, rows));
            }
            return true;
        });
    }

    private List<Forward> largest() {
        boolean known = objective.budget().tokens() == plannedTokens;
        return (known ? work : Workload.of(timetable, objective::forwards)).largest();
    }
}
