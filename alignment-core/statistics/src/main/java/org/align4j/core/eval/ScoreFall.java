package org.align4j.core.eval;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * A fall of a score from its highest point to its last one, over several measurements of the same rows. The highest point was chosen among all,
 * which makes it look higher than it is; so the interval has a confidence that makes up for the choice. A fall is shown where it is more than
 * chance and at least as large as a bar: what 400 rows tell from chance needn't matter to anybody.
 *
 * @param peak the place of the highest point
 * @param difference the highest less the last, over the rows
 * @param confidence of the interval: 1 − 0.05 over the number of those that could have been the highest point
 * @param bar by how much the score must fall to count
 * @param shownAt the place of the first point behind the highest one whose fall is shown; empty where none is
 */
public record ScoreFall(int peak, ClusteredMean difference, double confidence, Bar bar, OptionalInt shownAt) {
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
        Bar bar = Bar.of(points);
        OptionalInt shownAt = IntStream.rangeClosed(peak + 1, last)
                .filter(place -> isShown(between(points, peak, place, clusters), confidence, bar))
                .findFirst();
        return Optional.of(new ScoreFall(peak, between(points, peak, last, clusters), confidence, bar, shownAt));
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

    private static boolean isShown(ClusteredMean fall, double confidence, Bar bar) {
        return fall.interval(confidence).low() > 0 && bar.isReached(fall.mean());
    }

    /** Returns the interval of the difference. */
    public Interval interval() {
        return difference.interval(confidence);
    }

    /** Returns whether the score fell by more than chance, and by the bar at least. */
    public boolean isShown() {
        return isShown(difference, confidence, bar);
    }

    /**
     * Holds by how much a score must fall to count: a tenth of the standard deviation of the rows' scores in the first evaluation, as the verdict
     * has it, and a twentieth of the range where the score is bounded. A first evaluation in which all rows score alike has no deviation; then
     * that of all scores seen since stands for it.
     *
     * @param size in the score's unit
     * @param reason what it is, in words
     */
    public record Bar(double size, String reason) {
        /** A share of the bar that rounding may take off a fall. */
        private static final double ROUNDING = 1e-9;

        static Bar of(List<double[]> points) {
            double first = Thresholds.DEVIATIONS * Thresholds.deviation(points.get(0));
            double range = range(points);
            if (range > 0 && Thresholds.SHARE * range >= first) {
                return new Bar(
                        Thresholds.SHARE * range, format("a twentieth of the range of a score within %s", text(range)));
            }
            if (first > 0) {
                return new Bar(first, "a tenth of its standard deviation in the first evaluation");
            }
            double[] all = points.stream().flatMapToDouble(Arrays::stream).toArray();
            return new Bar(
                    Thresholds.DEVIATIONS * Thresholds.deviation(all),
                    "a tenth of its standard deviation in all evaluations, since all answers scored alike in the"
                            + " first");
        }

        /** Returns the width of the bounds that all scores lie in: 1 for 0 to 1, 2 for −1 to 1; 0 where a score lies outside. */
        private static double range(List<double[]> points) {
            double low = points.stream().flatMapToDouble(Arrays::stream).min().orElse(0);
            double high = points.stream().flatMapToDouble(Arrays::stream).max().orElse(0);
            return !(high <= 1) || !(low >= -1) ? 0 : low >= 0 ? 1 : 2;
        }

        private static String text(double range) {
            return range > 1 ? "[−1, 1]" : "[0, 1]";
        }

        /** Whether a fall is at least as large. */
        public boolean isReached(double fall) {
            return fall >= size * (1 - ROUNDING);
        }

        /** Returns the bar with its reason: {@code 0.05, a twentieth of the range of a score within [0, 1]}. */
        public String text() {
            return format("%.3g, %s", size, reason);
        }
    }
}
