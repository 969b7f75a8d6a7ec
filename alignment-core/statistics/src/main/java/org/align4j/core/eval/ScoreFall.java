package org.align4j.core.eval;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * A fall of a score from its highest point to its last one, over several measurements of the same rows. The highest point was chosen among all,
 * which makes it look higher than it is; so the interval has a confidence that makes up for the choice.
 *
 * @param peak the place of the highest point
 * @param difference the highest less the last, over the rows
 * @param confidence of the interval: 1 − 0.05 over the number of those that could have been the highest point
 * @param shownAt the place of the first point behind the highest one whose fall leaves 0 out; empty where none does
 */
public record ScoreFall(int peak, ClusteredMean difference, double confidence, OptionalInt shownAt) {
    private static final double MISSES = 0.05;

    /**
     * Looks for a fall.
     *
     * @param points {@code [points][rows]} the rows' scores, in the order of time
     * @param clusters {@code [rows]} which rows belong together, any numbers (the prompt's, usually)
     * @return empty where the last point is the highest one
     */
    public static Optional<ScoreFall> of(List<double[]> points, int[] clusters) {
        int last = points.size() - 1;
        double[] means = points.stream()
                .mapToDouble(scores -> ClusteredMean.of(scores, clusters).mean())
                .toArray();
        int peak = IntStream.rangeClosed(0, last)
                .reduce((a, b) -> means[b] > means[a] ? b : a)
                .orElse(last);
        if (peak == last) {
            return Optional.empty();
        }
        double confidence = 1 - MISSES / last;
        OptionalInt shownAt = IntStream.rangeClosed(peak + 1, last)
                .filter(place -> between(points, peak, place, clusters)
                                .interval(confidence)
                                .low()
                        > 0)
                .findFirst();
        return Optional.of(new ScoreFall(peak, between(points, peak, last, clusters), confidence, shownAt));
    }

    private static ClusteredMean between(List<double[]> points, int peak, int place, int[] clusters) {
        double[] high = points.get(peak);
        double[] low = points.get(place);
        return ClusteredMean.of(
                IntStream.range(0, high.length)
                        .mapToDouble(i -> high[i] - low[i])
                        .toArray(),
                clusters);
    }

    /** Returns the interval of the difference. */
    public Interval interval() {
        return difference.interval(confidence);
    }

    /** Returns whether the score fell by more than chance. */
    public boolean isShown() {
        return interval().low() > 0;
    }
}
