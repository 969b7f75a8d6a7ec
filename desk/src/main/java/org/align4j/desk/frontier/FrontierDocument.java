package org.align4j.desk.frontier;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.align4j.core.eval.ClusteredMean;
import org.align4j.core.eval.group.GroupTest;
import org.align4j.core.eval.group.SeededMean;
import org.align4j.desk.frontier.Frontier.EqualDivergence;
import org.align4j.desk.frontier.FrontierCurve.Fall;
import org.align4j.desk.frontier.FrontierCurve.FrontierPoint;
import org.jspecify.annotations.Nullable;

/** Makes {@code frontier.json}: each point with its figures, what each curve shows, and settings at equal divergence. */
final class FrontierDocument {
    private static final double CONFIDENCE = 0.95;

    private FrontierDocument() {}

    static Map<String, @Nullable Object> of(Frontier frontier) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("judge", frontier.judge());
        document.put("score", frontier.relative() ? "preferred to the policy before training" : "of each answer");
        document.put("proxy", frontier.proxy());
        document.put("prompts", IntStream.of(frontier.prompts()).distinct().count());
        document.put("answers", frontier.prompts().length);
        document.put(
                "runs", frontier.curves().stream().map(FrontierDocument::run).toList());
        EqualDivergence equal = frontier.equal();
        document.put("equal_kl", equal == null ? null : equal(equal));
        document.put("sentences", frontier.sentences());
        document.put("notes", frontier.notes());
        return document;
    }

    private static Map<String, @Nullable Object> run(FrontierCurve curve) {
        Map<String, @Nullable Object> run = new LinkedHashMap<>();
        run.put("run", curve.run().path().toString());
        run.put("options", curve.setting().values());
        run.put("seed", curve.run().seed());
        run.put("points", curve.points().stream().map(FrontierDocument::point).toList());
        run.put("over_optimised", curve.isOverOptimised());
        Fall fall = curve.fall();
        run.put("fall", fall == null ? null : fall(curve, fall));
        return run;
    }

    private static Map<String, @Nullable Object> point(FrontierPoint point) {
        Map<String, @Nullable Object> entry = new LinkedHashMap<>();
        entry.put("step", point.step());
        put(entry, "kl_k1", point.k1());
        put(entry, "kl_k3", point.k3());
        put(entry, "score", point.score());
        put(entry, "change", point.change());
        ClusteredMean proxy = point.proxy();
        if (proxy != null) {
            put(entry, "proxy", proxy);
        }
        entry.put("tokens", point.step() == 0 ? null : point.tokens());
        return entry;
    }

    private static void put(Map<String, @Nullable Object> entry, String name, ClusteredMean mean) {
        entry.put(name, mean.mean());
        entry.put(name + "_interval", mean.interval(CONFIDENCE).bounds());
    }

    private static Map<String, @Nullable Object> fall(FrontierCurve curve, Fall fall) {
        Map<String, @Nullable Object> entry = new LinkedHashMap<>();
        entry.put("from_step", curve.points().get(fall.peak()).step());
        entry.put("to_step", curve.points().get(curve.points().size() - 1).step());
        entry.put("difference", fall.difference().mean());
        entry.put("interval", fall.difference().interval().bounds());
        entry.put("confidence", fall.difference().interval().confidence());
        entry.put("bar", fall.bar().size());
        entry.put("bar_is", fall.bar().reason());
        entry.put("shown", fall.isShown());
        entry.put(
                "shown_from_step",
                fall.shownAt().isPresent()
                        ? curve.points().get(fall.shownAt().getAsInt()).step()
                        : null);
        Fall.Measure rise = fall.rise();
        entry.put("proxy_rise", rise == null ? null : rise.mean());
        entry.put("proxy_rise_interval", rise == null ? null : rise.interval().bounds());
        return entry;
    }

    private static Map<String, @Nullable Object> equal(EqualDivergence equal) {
        Map<String, @Nullable Object> entry = new LinkedHashMap<>();
        entry.put("kl_k1", equal.level());
        GroupTest test = equal.test();
        entry.put(
                "settings",
                IntStream.range(0, equal.settings().size())
                        .mapToObj(place -> setting(equal, place))
                        .toList());
        entry.put(
                "comparisons",
                test.pairs().stream()
                        .map(pair -> {
                            Map<String, @Nullable Object> comparison = new LinkedHashMap<>();
                            comparison.put(
                                    "a", equal.settings().get(pair.first()).text());
                            comparison.put(
                                    "b", equal.settings().get(pair.second()).text());
                            comparison.put("difference", pair.difference().mean());
                            comparison.put("interval", bounds(pair.difference()));
                            comparison.put("p", pair.p());
                            comparison.put("p_holm", pair.corrected());
                            return comparison;
                        })
                        .toList());
        entry.put(
                "winner",
                test.winner().isPresent()
                        ? equal.settings().get(test.winner().getAsInt()).values()
                        : null);
        return entry;
    }

    private static Map<String, @Nullable Object> setting(EqualDivergence equal, int place) {
        Map<String, @Nullable Object> entry = new LinkedHashMap<>();
        entry.put("options", equal.settings().get(place).values());
        SeededMean mean = Objects.requireNonNull(equal.test().means().get(place));
        entry.put("score", mean.mean());
        entry.put("interval", bounds(mean));
        entry.put("seeds", mean.seeds());
        return entry;
    }

    private static @Nullable List<@Nullable Double> bounds(SeededMean mean) {
        return mean.isSingle() ? null : mean.interval(CONFIDENCE).bounds();
    }
}
