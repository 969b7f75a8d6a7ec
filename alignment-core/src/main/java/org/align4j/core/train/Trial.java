package org.align4j.core.train;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.stop.StopSignal;

/**
 * The largest forwards of a run with their backward, computed and forgotten before the first step, so that what has no room fails
 * in the first minute. Nothing moves: no step is applied, random numbers follow from their seeds, and a step begins with zero
 * gradients.
 */
final class Trial {
    /** Steps that are looked at, so that a long run begins soon. */
    private static final int MOST_STEPS = 10_000;

    /** What may make a forward the largest: tokens, pairs of positions in attention, response positions. */
    private static final List<ToLongFunction<PackedBatch>> SIZES =
            List.of(PackedBatch::size, PackedBatch::attentionCells, PackedBatch::scored);

    private final Objective objective;
    private final Timetable timetable;

    Trial(Objective objective, Timetable timetable) {
        this.objective = objective;
        this.timetable = timetable;
    }

    /** Computes them, with fewer tokens in a forward where memory is refused. */
    void run() {
        objective.budget().withinMemory(() -> {
            largest().forEach(this::compute);
            return true;
        });
    }

    private void compute(Forward forward) {
        StopSignal.throwIfStopped();
        objective.accumulate(new StepPlan(0, 0, 0, forward.rows()));
    }

    /** The largest by each size, each once; none where the objective doesn't tell its forwards. */
    private List<Forward> largest() {
        List<Forward> largest = List.of();
        for (int step = 1; step <= Math.min(timetable.totalSteps(), MOST_STEPS); step++) {
            List<Forward> known = new ArrayList<>(largest);
            known.addAll(objective.forwards(timetable.plan(step).rows()));
            largest = SIZES.stream()
                    .flatMap(size -> first(known, size))
                    .distinct()
                    .toList();
        }
        return largest;
    }

    private static Stream<Forward> first(List<Forward> known, ToLongFunction<PackedBatch> size) {
        return known.stream().max(Comparator.comparingLong(forward -> size.applyAsLong(forward.batch()))).stream();
    }
}
