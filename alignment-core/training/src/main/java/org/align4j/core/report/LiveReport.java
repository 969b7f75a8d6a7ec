package org.align4j.core.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.figure.Figure;
import org.align4j.core.files.Json;
import org.align4j.core.page.HtmlPage;
import org.align4j.core.report.Charts.Chart;
import org.align4j.core.run.Run;
import org.jspecify.annotations.Nullable;

/**
 * The report of runs that are still at work: the parts and charts of {@link HtmlReport}, each apart, so that a live page replaces those that changed.
 *
 * @param parts HTML by the part's name, in reading order; texts in it are escaped
 * @param charts as a JSON list that the report's {@code charts.js} draws into the element {@code charts}
 */
public record LiveReport(Map<String, String> parts, String charts) {
    /** A report of nothing. */
    public static final LiveReport NONE = new LiveReport(Map.of(), "[]");

    public LiveReport {
        parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
    }

    /**
     * Reads a run as it stands.
     *
     * @throws InputException where it is no run, or one of its files can't be understood
     */
    public static LiveReport of(Path run) throws IOException {
        RunView view = RunView.read(run);
        Map<String, String> parts = new LinkedHashMap<>();
        new RunSections(view).liveParts().forEach((name, html) -> parts.put(name, HtmlPage.directed(html)));
        return new LiveReport(parts, Json.text(Charts.of(view)));
    }

    /** Charts of a group of runs, each read again only where it has changed. Of long runs some of the steps are kept. */
    public static final class OfGroup {
        private static final int MOST_STEPS = 100;
        private static final int MOST_LINES = 8;

        private final Map<Path, Read> known = new HashMap<>();
        private volatile Map<Path, String> options = Map.of();

        /** Makes a group of which nothing is known. */
        public OfGroup() {}

        /** A run as it was read, and how large its figures were then. */
        private record Read(long size, RunView view) {}

        /** Returns the options in which a run differs from the others, as one reads them; empty before {@link #charts} has read it. */
        public String options(Path run) {
            return options.getOrDefault(run, "");
        }

        /**
         * Returns the charts as they stand, as {@link LiveReport#charts}: a line per run up to eight of them, beyond that a line for each value of an
         * option that varies. A run that can't be read is left out.
         */
        public String charts(List<Path> runs) throws IOException {
            known.keySet().retainAll(Set.copyOf(runs));
            List<RunView> views = new ArrayList<>();
            Map<Path, RunView> all = new LinkedHashMap<>();
            for (Path run : runs) {
                RunView view = view(run);
                if (view != null) {
                    all.put(run, view);
                }
                if (view != null && view.metrics().lastStep() > 1) {
                    views.add(view);
                }
            }
            options = texts(all);
            if (views.isEmpty()) {
                return "[]";
            }
            List<Chart> charts = views.size() <= MOST_LINES
                    ? Charts.across(views)
                    : new GroupCurves(RunGroup.ofSettings(new Comparability(views).differing(), null), views).charts();
            return Json.text(charts);
        }

        private static Map<Path, String> texts(Map<Path, RunView> views) {
            List<String> varied = new ArrayList<>(new Comparability(List.copyOf(views.values())).differing());
            varied.remove("command");
            varied.add("seed");
            Map<Path, String> texts = new HashMap<>();
            views.forEach((run, view) -> texts.put(
                    run,
                    varied.stream()
                            .filter(name -> !view.option(name).isEmpty())
                            .map(name -> name + " " + view.option(name))
                            .collect(Collectors.joining(", "))));
            return texts;
        }

        private @Nullable RunView view(Path run) throws IOException {
            if (!Run.isOne(run)) {
                return null;
            }
            long size = run.resolve("metrics.jsonl").toFile().length();
            Read before = known.get(run);
            if (before != null && before.size() == size) {
                return before.view();
            }
            try {
                RunView view = RunView.read(run);
                known.put(run, new Read(size, view.withMetrics(thinned(view.metrics()))));
                return known.get(run).view();
            } catch (InputException | RunException unreadable) {
                return null;
            }
        }

        private static MetricHistory thinned(MetricHistory metrics) {
            int stride = Math.max(1, metrics.lastStep() / MOST_STEPS);
            return new MetricHistory(metrics.lines().stream()
                    .filter(line -> isEvaluation(line)
                            || line.getOrDefault("step", 0.0) % stride == 0
                            || line.getOrDefault("step", 0.0) == metrics.lastStep())
                    .toList());
        }

        private static boolean isEvaluation(Map<String, Double> line) {
            return line.keySet().stream().anyMatch(name -> name.startsWith(Figure.EVALUATION));
        }
    }
}
