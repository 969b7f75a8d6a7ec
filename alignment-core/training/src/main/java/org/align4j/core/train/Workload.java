package org.align4j.core.train;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.train.Learner.Objective.Forward;
import org.align4j.core.train.options.TrainingPlan;

/**
 * What the forwards of a run's steps come to. Of a long run the first steps are looked at, and the sums are scaled.
 *
 * @param steps of the run
 * @param forwards of all steps
 * @param tokens of all forwards
 * @param scored response positions of all forwards
 * @param cells pairs of positions in attention of all forwards
 * @param level tokens of all forwards as a share of what they would be were each as large as its step's largest
 * @param largest the two largest forwards by tokens, the largest by pairs of positions and by response positions, each once
 * @param first the forwards of the first step
 */
public record Workload(
        int steps,
        long forwards,
        long tokens,
        long scored,
        long cells,
        double level,
        List<Forward> largest,
        List<Forward> first) {
    /** Steps that are looked at, so that a long run begins soon. */
    private static final int MOST_STEPS = 10_000;

    private static final List<ToLongFunction<PackedBatch>> SIZES =
            List.of(PackedBatch::size, PackedBatch::attentionCells, PackedBatch::scored);

    /** Lays training rows into the forwards of one step. */
    public interface Planner {
        List<Forward> forwards(int[] rows);
    }

    /**
     * Plans the workload of a run.
     *
     * @param rows of the training data
     */
    public static Workload of(TrainingPlan plan, int rows, Planner planner) {
        return of(new Timetable(plan, rows, false), planner);
    }

    /** What the forwards of some steps come to, added up; {@code filled}: tokens were each as large as its step's largest. */
    private record Sums(long forwards, long tokens, long scored, long cells, long filled) {
        static final Sums NONE = new Sums(0, 0, 0, 0, 0);

        Sums plus(List<Forward> step) {
            long largest = step.stream()
                    .mapToLong(forward -> forward.batch().size())
                    .max()
                    .orElse(0);
            return new Sums(
                    forwards + step.size(),
                    tokens + sum(step, PackedBatch::size),
                    scored + sum(step, PackedBatch::scored),
                    cells + sum(step, PackedBatch::attentionCells),
                    filled + step.size() * largest);
        }

        private static long sum(List<Forward> step, ToLongFunction<PackedBatch> size) {
            return step.stream()
                    .mapToLong(forward -> size.applyAsLong(forward.batch()))
                    .sum();
        }
    }

    static Workload of(Timetable timetable, Planner planner) {
        int looked = Math.min(timetable.totalSteps(), MOST_STEPS);
        Sums sums = Sums.NONE;
        List<Forward> largest = List.of();
        List<Forward> first = List.of();
        for (int step = 1; step <= looked; step++) {
            List<Forward> forwards = planner.forwards(timetable.plan(step).rows());
            first = step == 1 ? forwards : first;
            sums = sums.plus(forwards);
            List<Forward> known = new ArrayList<>(largest);
            known.addAll(forwards);
            largest = Stream.concat(most(known, SIZES.get(0), 2), SIZES.stream().flatMap(size -> most(known, size, 1)))
                    .distinct()
                    .toList();
        }
        double scale = (double) timetable.totalSteps() / looked;
        return new Workload(
                timetable.totalSteps(),
                (long) (sums.forwards() * scale),
                (long) (sums.tokens() * scale),
                (long) (sums.scored() * scale),
                (long) (sums.cells() * scale),
                sums.filled() == 0 ? 1 : (double) sums.tokens() / sums.filled(),
                largest,
                first);
    }

    private static Stream<Forward> most(List<Forward> known, ToLongFunction<PackedBatch> size, int count) {
        return known.stream()
                .distinct()
                .sorted(Comparator.comparingLong((Forward forward) -> -size.applyAsLong(forward.batch())))
                .limit(count);
    }
}
