package org.align4j.desk;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.align4j.core.eval.group.GroupTest;
import org.align4j.core.eval.group.SeededMean;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Json;
import org.align4j.core.report.RunGroup;
import org.align4j.core.report.RunGroup.MeasureTest;
import org.align4j.core.run.RunResult.Status;
import org.align4j.desk.SweepOptions.Search;
import org.align4j.desk.SweepPlan.Trial;
import org.align4j.desk.TrialFolder.Standing;
import org.jspecify.annotations.Nullable;

/** Writes down how a sweep stands and what it came to: {@code sweep.json}, {@code sweep.csv}, {@code sweep.html} and {@code optuna-journal.log}. */
final class SweepRecord {
    static final String PAGE = "sweep.html";
    private static final String DOCUMENT = "sweep.json";
    private static final String TABLE = "sweep.csv";

    private final Path folder;
    private final SweepPlan plan;
    private final OptunaJournal journal;

    SweepRecord(Path folder, SweepPlan plan) {
        this.folder = folder;
        this.plan = plan;
        this.journal = new OptunaJournal(folder.resolve(OptunaJournal.FILE), plan);
    }

    /**
     * A rung of the sweep to which every setting that goes on has come.
     *
     * @param step of the rung
     * @param figures of the settings by their number, means over seeds; those of which a trial failed have none
     * @param chosen settings that go on; all of them where the search isn't halving
     */
    record Rung(int step, Map<Integer, Double> figures, List<Integer> chosen) {
        Rung {
            figures = Collections.unmodifiableMap(new TreeMap<>(figures));
            chosen = List.copyOf(chosen);
        }
    }

    /** A trial that failed, its options in words, and why. */
    record Failure(String trial, String options, String reason) {}

    /** How a trial stands: {@code sweep.json}'s word for it. */
    enum TrialStatus {
        WAITING,
        RUNNING,
        DONE,
        PRUNED,
        FAILED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What a sweep came to.
     *
     * @param document of {@code sweep.json}
     * @param sentences that say which setting is better, or that none is
     * @param failures of trials
     */
    record Outcome(Map<String, Object> document, List<String> sentences, List<Failure> failures) {
        Outcome {
            document = Collections.unmodifiableMap(new LinkedHashMap<>(document));
            sentences = List.copyOf(sentences);
            failures = List.copyOf(failures);
        }
    }

    private TrialFolder place(Trial trial) {
        return new TrialFolder(folder, trial);
    }

    /** Returns whether the higher figure is the better one, by the first trial that was evaluated. */
    boolean higherIsBetter() throws IOException {
        for (Trial trial : plan.trials()) {
            if (place(trial).isBegun()) {
                var higher = plan.figure().higherIsBetter(place(trial).run());
                if (higher.isPresent()) {
                    return higher.get();
                }
            }
        }
        return true;
    }

    /** Returns the rungs that every setting still going has come to, in their order, by the figures that were kept. */
    List<Rung> course() throws IOException {
        List<Rung> course = new ArrayList<>();
        Set<Integer> going =
                new LinkedHashSet<>(IntStream.range(0, plan.settings()).boxed().toList());
        List<Integer> rungs = plan.trials().get(0).rungs();
        for (int rung = 0; rung < rungs.size(); rung++) {
            Map<Integer, Double> figures = new TreeMap<>();
            for (int setting : going) {
                for (Trial trial : plan.ofSetting(setting)) {
                    Standing standing = place(trial).standing();
                    if (standing.failure() == null
                            && !standing.figures().containsKey(trial.rungs().get(rung))) {
                        return course;
                    }
                }
                Double mean = mean(setting, rung);
                if (mean != null) {
                    figures.put(setting, mean);
                }
            }
            boolean last = plan.search() != Search.HALVING || rung == rungs.size() - 1;
            List<Integer> chosen = last
                    ? List.copyOf(figures.keySet())
                    : Halving.chosen(figures, Halving.kept(going.size(), plan.reduction()), higherIsBetter());
            course.add(new Rung(rungs.get(rung), figures, chosen));
            going.retainAll(chosen);
        }
        return course;
    }

    private @Nullable Double mean(int setting, int rung) throws IOException {
        double sum = 0;
        List<Trial> trials = plan.ofSetting(setting);
        for (Trial trial : trials) {
            Standing standing = place(trial).standing();
            Double figure = standing.figures().get(trial.rungs().get(rung));
            if (standing.failure() != null || figure == null) {
                return null;
            }
            sum += figure;
        }
        return sum / trials.size();
    }

    /** Returns how each trial stands. */
    Map<Trial, TrialStatus> statuses() throws IOException {
        List<Rung> course = course();
        Map<Trial, TrialStatus> statuses = new LinkedHashMap<>();
        for (Trial trial : plan.trials()) {
            TrialFolder place = place(trial);
            Status run = place.isBegun() ? place.run().status() : null;
            boolean out = plan.search() == Search.HALVING
                    && course.stream()
                            .filter(rung -> rung.step() < trial.steps())
                            .anyMatch(rung -> !rung.chosen().contains(trial.setting()));
            statuses.put(
                    trial,
                    place.standing().failure() != null
                            ? TrialStatus.FAILED
                            : run == Status.DONE
                                    ? TrialStatus.DONE
                                    : out
                                            ? TrialStatus.PRUNED
                                            : run == null ? TrialStatus.WAITING : TrialStatus.RUNNING);
        }
        return statuses;
    }

    /** Writes how the trials stand, for those who look while the sweep is at work. */
    void update() throws IOException {
        Map<Trial, TrialStatus> statuses = statuses();
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("trials", trials(statuses));
        AtomicFile.write(folder.resolve(DOCUMENT), Json.document(document));
        journal.update(folder, statuses, false);
    }

    /** Writes what the sweep came to, and its page. */
    Outcome end() throws IOException {
        Map<Trial, TrialStatus> statuses = statuses();
        journal.update(folder, statuses, true);
        List<Failure> failures = new ArrayList<>();
        List<Path> done = new ArrayList<>();
        for (Map.Entry<Trial, TrialStatus> entry : statuses.entrySet()) {
            Trial trial = entry.getKey();
            if (entry.getValue() == TrialStatus.DONE) {
                done.add(place(trial).path());
            } else if (entry.getValue() == TrialStatus.FAILED) {
                failures.add(new Failure(
                        trial.name(),
                        trial.text(),
                        String.valueOf(place(trial).standing().failure())));
            }
        }
        RunGroup group = done.isEmpty() ? RunGroup.NONE : RunGroup.read(done);
        GroupTest test = test(group);
        Map<String, Object> document = document(statuses, group, test);
        AtomicFile.write(folder.resolve(DOCUMENT), Json.document(document));
        AtomicFile.write(
                folder.resolve(TABLE),
                new SweepTable(folder, plan).csv(statuses).getBytes(StandardCharsets.UTF_8));
        SweepPage.write(folder.resolve(PAGE), new SweepPage.Told(plan, statuses, course(), failures), group);
        return new Outcome(document, group.sentences(), failures);
    }

    /** The test of the figure that ranks trials; null where it has none. */
    private @Nullable GroupTest test(RunGroup group) throws IOException {
        if (plan.figure().isOfRows()) {
            return group.test(plan.metric()).map(MeasureTest::test).orElse(null);
        }
        return null;
    }

    private List<Map<String, Object>> trials(Map<Trial, TrialStatus> statuses) throws IOException {
        List<Map<String, Object>> trials = new ArrayList<>();
        for (Map.Entry<Trial, TrialStatus> entry : statuses.entrySet()) {
            Trial trial = entry.getKey();
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("id", trial.id());
            line.put("options", trial.options());
            line.put("run", TrialFolder.TRIALS + "/" + trial.name());
            line.put("status", entry.getValue().word());
            line.put("setting", trial.setting());
            line.put("step", place(trial).step());
            line.put("figures", figures(trial));
            if (place(trial).standing().failure() != null) {
                line.put("failure", place(trial).standing().failure());
            }
            trials.add(line);
        }
        return trials;
    }

    private Map<String, Object> figures(Trial trial) throws IOException {
        Map<String, Object> figures = new LinkedHashMap<>();
        TrialFolder place = place(trial);
        if (place.isBegun()) {
            Standing standing = place.standing();
            if (!standing.figures().isEmpty()) {
                int last = standing.figures().keySet().stream()
                        .mapToInt(Integer::intValue)
                        .max()
                        .orElse(0);
                figures.put(
                        plan.figure().figure(place.run()), standing.figures().get(last));
            }
            place.run().result().metrics().values().forEach((name, value) -> {
                if (name.startsWith("eval_")) {
                    figures.putIfAbsent(name, value);
                }
            });
        }
        return figures;
    }

    private Map<String, Object> document(Map<Trial, TrialStatus> statuses, RunGroup group, @Nullable GroupTest test)
            throws IOException {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("trials", trials(statuses));
        document.put("groups", groups(group));
        document.put("comparisons", comparisons(group));
        document.put("smallest_difference", test == null ? null : finite(test.smallestDifference()));
        document.put(
                "winner",
                test == null || test.winner().isEmpty()
                        ? null
                        : group.settings().get(test.winner().getAsInt()).options());
        Trial best = best();
        document.put("best", best == null ? null : best.combination());
        document.put("compares", test == null ? null : test.comparesSettings() ? "settings" : "runs");
        document.put("refusal", group.refusal());
        if (plan.search() == Search.HALVING) {
            document.put(
                    "rungs",
                    course().stream()
                            .map(rung ->
                                    Map.of("step", rung.step(), "figures", rung.figures(), "chosen", rung.chosen()))
                            .toList());
        }
        return document;
    }

    /** The first trial of the setting that ranks first by the mean over its seeds; null where no setting is at its end. */
    private @Nullable Trial best() throws IOException {
        List<Rung> course = course();
        int rungs = plan.trials().get(0).rungs().size();
        if (course.size() < rungs || course.get(rungs - 1).figures().isEmpty()) {
            return null;
        }
        int setting = Halving.chosen(course.get(rungs - 1).figures(), 1, higherIsBetter())
                .get(0);
        return plan.ofSetting(setting).get(0);
    }

    private static List<Map<String, Object>> groups(RunGroup group) {
        return IntStream.range(0, group.settings().size())
                .<Map<String, Object>>mapToObj(i -> {
                    Map<String, Object> figures = new LinkedHashMap<>();
                    group.tests().forEach(test -> {
                        SeededMean mean = test.test().means().get(i);
                        Map<String, Object> figure = new LinkedHashMap<>();
                        figure.put("mean", mean.mean());
                        figure.put("interval", mean.interval(0.95).bounds());
                        figures.put(test.measure().figure(), figure);
                    });
                    Map<String, Object> line = new LinkedHashMap<>();
                    line.put("options", group.settings().get(i).options());
                    line.put(
                            "seeds",
                            group.settings().get(i).runs().stream()
                                    .map(RunGroup.Member::seed)
                                    .toList());
                    line.put("figures", figures);
                    return line;
                })
                .toList();
    }

    private static List<Map<String, Object>> comparisons(RunGroup group) {
        List<Map<String, Object>> comparisons = new ArrayList<>();
        for (MeasureTest test : group.tests()) {
            for (GroupTest.Pair pair : test.test().pairs()) {
                Map<String, Object> line = new LinkedHashMap<>();
                line.put("a", pair.first());
                line.put("b", pair.second());
                line.put("figure", test.measure().figure());
                line.put("difference", pair.difference().mean());
                line.put("interval", pair.difference().interval(0.95).bounds());
                line.put("p", pair.p());
                line.put("p_holm", pair.corrected());
                comparisons.add(line);
            }
        }
        return comparisons;
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
