package org.align4j.desk.frontier;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import java.util.OptionalInt;
import org.align4j.core.eval.ClusteredMean;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.ScoreFall;
import org.align4j.core.page.Wording;
import org.align4j.core.report.RunGroup.Member;
import org.align4j.core.report.RunGroup.Setting;
import org.jspecify.annotations.Nullable;

/**
 * The course of a run between divergence and score.
 *
 * @param points from the policy before training on, in the order of steps
 * @param fall from the highest score to that of the last point; null where the last point has the highest one
 */
record FrontierCurve(
        Member run,
        Setting setting,
        List<FrontierPoint> points,
        @Nullable Fall fall) {
    private static final double CONFIDENCE = 0.95;

    FrontierCurve {
        points = List.copyOf(points);
    }

    /**
     * A policy of the run.
     *
     * @param step 0 before training
     * @param k1 divergence from the policy before training, nats per answer
     * @param k3 the same by the estimate of less variance
     * @param change of the score since before training
     * @param proxy what training raised; null where that isn't judged
     */
    record FrontierPoint(
            int step,
            ClusteredMean k1,
            ClusteredMean k3,
            ClusteredMean score,
            ClusteredMean change,
            @Nullable ClusteredMean proxy,
            double tokens,
            AnswerValues values) {
        static FrontierPoint of(int step, AnswerValues values, AnswerValues start, int[] prompts) {
            double[] proxies = values.proxies();
            return new FrontierPoint(
                    step,
                    ClusteredMean.of(values.k1(), prompts),
                    ClusteredMean.of(values.k3(), prompts),
                    ClusteredMean.of(values.scores().values(), prompts),
                    values.above(start, prompts),
                    proxies == null ? null : ClusteredMean.of(proxies, prompts),
                    ClusteredMean.of(values.tokens(), prompts).mean(),
                    values);
        }
    }

    /**
     * A fall of the score from its highest point.
     *
     * @param peak the place of the highest point
     * @param difference the highest less the last, with the interval of a confidence that makes up for the choice of the highest point among
     *     all: 1 − 0.05 over the number of those that could have been it
     * @param bar the least fall that counts
     * @param rise of the proxy meanwhile, 95 %; null where that isn't judged
     * @param shownAt the place of the first point behind the highest one whose fall is shown
     * @param isShown whether the score fell by more than chance, and by the bar at least
     */
    record Fall(
            int peak,
            Measure difference,
            ScoreFall.Bar bar,
            @Nullable Measure rise,
            OptionalInt shownAt,
            boolean isShown) {
        /** A mean with its interval. */
        record Measure(double mean, Interval interval) {}

        /** Whether what training raised went on rising meanwhile, by more than chance. */
        boolean isParted() {
            return isShown && rise != null && rise.interval().low() > 0;
        }
    }

    static FrontierCurve of(Member run, Setting setting, List<FrontierPoint> points, int[] prompts) {
        Fall fall = ScoreFall.of(
                        points.stream()
                                .map(point -> point.values().scores().values())
                                .toList(),
                        prompts)
                .map(found -> new Fall(
                        found.peak(),
                        new Fall.Measure(found.difference().mean(), found.interval()),
                        found.bar(),
                        rise(points, found.peak(), prompts),
                        found.shownAt(),
                        found.isShown()))
                .orElse(null);
        return new FrontierCurve(run, setting, points, fall);
    }

    private static Fall.@Nullable Measure rise(List<FrontierPoint> points, int peak, int[] prompts) {
        double[] before = points.get(peak).values().proxies();
        double[] after = points.get(points.size() - 1).values().proxies();
        if (before == null || after == null) {
            return null;
        }
        ClusteredMean rise = AnswerValues.difference(after, before, prompts);
        return new Fall.Measure(rise.mean(), rise.interval(CONFIDENCE));
    }

    /** Whether the run went on after its score had turned, by more than chance. */
    boolean isOverOptimised() {
        return fall != null && fall.isShown();
    }

    /** Says what the curve shows. */
    String sentence(String judge, @Nullable String proxy) {
        FrontierPoint last = points.get(points.size() - 1);
        Fall found = fall;
        if (found == null) {
            return format(
                    "%s: the score by %s is highest at its last point, step %,d, at a divergence of %s nats per"
                            + " answer: no over-optimisation is seen.",
                    run.name(), judge, last.step(), Wording.number(last.k1().mean()));
        }
        FrontierPoint top = points.get(found.peak());
        String fell = format(
                "from step %,d to step %,d (%s to %s nats per answer) the score by %s fell by %s (%s, at a confidence"
                        + " that makes up for the choice of the highest point)",
                top.step(),
                last.step(),
                Wording.number(top.k1().mean()),
                Wording.number(last.k1().mean()),
                judge,
                Wording.number(found.difference().mean()),
                Wording.between(found.difference().interval(), Wording::number));
        if (!found.isShown()) {
            boolean small = found.difference().interval().low() > 0;
            return run.name() + ": " + fell
                    + (small
                            ? format(
                                    ", less than would count (%s): over-optimisation isn't shown.",
                                    found.bar().text())
                            : ", which may be chance: over-optimisation isn't shown.");
        }
        return run.name() + " is over-optimised: " + fell + parted(found, proxy)
                + (found.shownAt().isPresent()
                        ? format(
                                "; the fall is shown from step %,d on.",
                                points.get(found.shownAt().getAsInt()).step())
                        : ".");
    }

    private static String parted(Fall found, @Nullable String proxy) {
        Fall.Measure rise = found.rise();
        if (rise == null) {
            return "";
        }
        return format(
                ", while %s %s by %s (%s)%s",
                proxy,
                rise.mean() < 0 ? "fell" : "rose",
                Wording.number(Math.abs(rise.mean())),
                Wording.between(rise.interval(), Wording::number),
                found.isParted() ? ": there the two part" : "");
    }
}
