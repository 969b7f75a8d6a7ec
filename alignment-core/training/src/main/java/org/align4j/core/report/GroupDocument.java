package org.align4j.core.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.LongStream;
import org.align4j.core.eval.group.GroupTest;
import org.align4j.core.eval.group.SeededMean;
import org.align4j.core.report.RunGroup.Loss;
import org.align4j.core.report.RunGroup.MeasureTest;
import org.align4j.core.report.RunGroup.Setting;
import org.jspecify.annotations.Nullable;

/** Makes the document about a group of runs: that of {@code sweep.json}, and what {@code align report} prints for programs. */
final class GroupDocument {
    private static final String METHOD =
            "Differences are taken seed by seed and prompt by prompt. Their variance has two parts: that of the K seeds' means, with K - 1 degrees of"
                    + " freedom, and the clustered variance of the P prompts, with P - 1. p is two-sided, p_holm corrected by Holm (1979) over all pairs"
                    + " of a figure. Intervals are of 95 %; those of shares are Wilson's.";

    private GroupDocument() {}

    /** @param measure that decides on the winner; null for the most informative one */
    static Map<String, @Nullable Object> of(RunGroup group, @Nullable String measure) {
        MeasureTest deciding = group.test(measure).orElse(null);
        GroupTest test = deciding == null || deciding.isIdentical() ? null : deciding.test();
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("groups", groups(group));
        document.put("comparisons", comparisons(group));
        document.put("smallest_difference", test == null ? null : finite(test.smallestDifference()));
        document.put("winner", options(group, test == null ? OptionalInt.empty() : test.winner()));
        document.put("compares", test == null ? null : test.comparesSettings() ? "settings" : "runs");
        document.put("identical", deciding != null && deciding.isIdentical());
        document.put("figure", deciding == null ? null : deciding.measure().figure());
        document.put("rows", deciding == null ? null : deciding.rows());
        document.put(
                "prompts",
                deciding == null ? null : deciding.test().means().get(0).prompts());
        document.put("method", METHOD);
        document.put(
                "winner_if_lost_runs_were_left_out",
                options(group, deciding == null ? OptionalInt.empty() : deciding.otherwise()));
        document.put("refused", group.refusals().measures());
        document.put("refusal", group.refusal());
        document.put("sentences", group.sentences());
        if (!group.refusals().strata().isEmpty()) {
            document.put(
                    "strata",
                    group.refusals().strata().stream()
                            .map(stratum -> {
                                Map<String, @Nullable Object> part = new LinkedHashMap<>();
                                part.put("scale", stratum.scale());
                                part.putAll(of(stratum.group(), null));
                                return part;
                            })
                            .toList());
        }
        return document;
    }

    private static @Nullable Object options(RunGroup group, OptionalInt setting) {
        return setting.isPresent() ? group.settings().get(setting.getAsInt()).values() : null;
    }

    private static List<Map<String, @Nullable Object>> groups(RunGroup group) {
        List<Map<String, @Nullable Object>> groups = new ArrayList<>();
        for (Setting setting : group.all()) {
            int place = groups.size();
            boolean compared = place < group.settings().size();
            Map<String, @Nullable Object> figures = new LinkedHashMap<>();
            Map<String, @Nullable Object> line = new LinkedHashMap<>();
            line.put("options", setting.values());
            line.put("seeds", seeds(group, setting, place));
            line.put("runs", setting.runs().stream().map(run -> run.name()).toList());
            line.put("failed", setting.count(Loss.Kind.FAILED));
            line.put("ended", setting.count(Loss.Kind.ENDED));
            line.put("figures", figures);
            if (compared) {
                group.tests().forEach(test -> figures.put(test.measure().figure(), figure(test, place)));
            }
            groups.add(line);
        }
        return groups;
    }

    /** Returns the seeds over which a setting's means are. */
    private static List<Long> seeds(RunGroup group, Setting setting, int place) {
        LongStream seeds = place < group.settings().size() && !group.tests().isEmpty()
                ? Arrays.stream(group.tests().get(0).seeds(place))
                : setting.runs().stream().mapToLong(RunGroup.Member::seed);
        return seeds.boxed().toList();
    }

    private static Map<String, @Nullable Object> figure(MeasureTest test, int place) {
        SeededMean mean = test.test().means().get(place);
        Map<String, @Nullable Object> figure = new LinkedHashMap<>();
        figure.put("mean", mean.mean());
        figure.put("interval", test.interval(mean).bounds());
        figure.put("n", mean.seeds());
        return figure;
    }

    private static List<Map<String, @Nullable Object>> comparisons(RunGroup group) {
        List<Map<String, @Nullable Object>> comparisons = new ArrayList<>();
        for (MeasureTest test : group.tests()) {
            for (GroupTest.Pair pair : test.test().pairs()) {
                Map<String, @Nullable Object> line = new LinkedHashMap<>();
                line.put("a", pair.first());
                line.put("b", pair.second());
                line.put("figure", test.measure().figure());
                line.put("difference", pair.difference().mean());
                line.put("interval", test.interval(pair).bounds());
                line.put("p", pair.p());
                line.put("p_holm", pair.corrected());
                line.put("n", pair.seeds());
                comparisons.add(line);
            }
        }
        return comparisons;
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
