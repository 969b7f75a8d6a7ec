package org.align4j.desk.frontier;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.align4j.core.eval.group.GroupTest;
import org.align4j.core.eval.group.Replicates;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.page.Wording;
import org.align4j.core.report.RunGroup.Member;
import org.align4j.core.report.RunGroup.Setting;
import org.align4j.desk.frontier.FrontierCurve.FrontierPoint;
import org.jspecify.annotations.Nullable;

/**
 * Score against divergence, a curve a run, and what settings differ in where they have gone equally far.
 *
 * @param judge by which answers are scored
 * @param relative whether a score is how far an answer is preferred to that of the policy before training
 * @param proxy what training raised; null where that isn't judged
 * @param prompts {@code [B]} which answers are to one prompt
 * @param equal the comparison at equal divergence; null where there is one run, or no divergence that all reach
 * @param notes what was left out
 */
@SuppressWarnings("ArrayRecordComponent")
record Frontier(
        String judge,
        boolean relative,
        @Nullable String proxy,
        int[] prompts,
        List<FrontierCurve> curves,
        @Nullable EqualDivergence equal,
        List<String> notes) {
    Frontier {
        curves = List.copyOf(curves);
        notes = List.copyOf(notes);
    }

    /**
     * Settings at one divergence from the policy before training. A run's scores there lie on the straight line between the points around it,
     * answer by answer; that the divergences are estimates themselves is in no interval.
     *
     * @param level nats per answer: the furthest that every run reaches
     * @param settings in the order of their first runs
     * @param test over the seeds that all settings share, where they share some; a setting with a failed run can't win
     * @param failed settings with a run that failed
     */
    record EqualDivergence(double level, List<Setting> settings, GroupTest test, List<Setting> failed) {
        /** @param isFailed whether a run failed before its end */
        static @Nullable EqualDivergence of(List<FrontierCurve> curves, int[] prompts, Predicate<Member> isFailed) {
            double level = curves.stream()
                    .mapToDouble(curve -> curve.points().stream()
                            .mapToDouble(point -> point.k1().mean())
                            .max()
                            .orElse(0))
                    .min()
                    .orElse(0);
            Map<Setting, List<FrontierCurve>> settings = new LinkedHashMap<>();
            curves.forEach(curve -> settings.computeIfAbsent(curve.setting(), unseen -> new ArrayList<>())
                    .add(curve));
            if (settings.size() < 2 || level <= 0) {
                return null;
            }
            List<Replicates> replicates = new ArrayList<>();
            for (List<FrontierCurve> runs : settings.values()) {
                long[] seeds =
                        runs.stream().mapToLong(curve -> curve.run().seed()).toArray();
                List<ScaledFigure> scores =
                        runs.stream().map(curve -> at(curve, level)).toList();
                replicates.add(Replicates.of(seeds, scores, prompts));
            }
            List<Setting> all = List.copyOf(settings.keySet());
            List<Setting> failed = all.stream()
                    .filter(setting -> setting.runs().stream().anyMatch(isFailed))
                    .toList();
            GroupTest test = GroupTest.of(Replicates.overSharedSeeds(replicates), true)
                    .barring(place -> failed.contains(all.get(place)));
            return new EqualDivergence(level, all, test, failed);
        }

        /** Returns the scores of a run's answers where it first reaches a divergence. */
        private static ScaledFigure at(FrontierCurve curve, double level) {
            List<FrontierPoint> points = curve.points();
            for (int next = 1; next < points.size(); next++) {
                double from = points.get(next - 1).k1().mean();
                double to = points.get(next).k1().mean();
                if (to >= level) {
                    double share = to > from ? Math.max(0, (level - from) / (to - from)) : 1;
                    return points.get(next - 1)
                            .values()
                            .scoresTowards(points.get(next).values(), share);
                }
            }
            throw new IllegalStateException("A run doesn't reach the divergence that all reach.");
        }

        List<String> sentences() {
            String there = format(
                    "At a divergence of %s nats per answer, the furthest that every run reaches, ",
                    Wording.number(level));
            List<String> sentences = new ArrayList<>();
            String kind = test.comparesSettings() ? "setting" : "run";
            sentences.add(
                    test.winner().isPresent()
                            ? there
                                    + format(
                                            "%s has a higher score than every other %s (p below 0.05 after Holm's"
                                                    + " correction).",
                                            settings.get(test.winner().getAsInt())
                                                    .text(),
                                            kind)
                            : there + format("no %s is shown to have a higher score than every other one.", kind));
            if (!failed.isEmpty()) {
                sentences.add(format(
                        "A run of %s failed; a failed run ranks below every other one, so that its setting can't be"
                                + " the better one by its other runs.",
                        failed.stream().map(Setting::text).collect(Collectors.joining(" and of "))));
            }
            if (!test.comparesSettings()) {
                sentences.add("This compares runs, not settings: a setting's next seed may turn it around.");
            }
            return sentences;
        }
    }

    /** Says what is to be known, over-optimised runs first. */
    List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        for (boolean over : new boolean[] {true, false}) {
            curves.stream()
                    .filter(curve -> curve.isOverOptimised() == over)
                    .forEach(curve -> sentences.add(curve.sentence(judge, proxy)));
        }
        EqualDivergence found = equal;
        if (found != null) {
            sentences.addAll(found.sentences());
        }
        return sentences;
    }
}
