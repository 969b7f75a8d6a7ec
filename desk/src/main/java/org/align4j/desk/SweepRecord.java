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
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Json;
import org.align4j.core.report.RunGroup;
import org.align4j.core.report.RunGroup.Attempt;
import org.align4j.core.run.RunResult.Status;
import org.align4j.desk.SweepOptions.Search;
import org.align4j.desk.SweepPlan.Trial;
import org.align4j.desk.TrialFolder.Standing;
import org.jspecify.annotations.Nullable;

/** Writes down how a sweep stands and what it came to: {@code sweep.json}, {@code sweep.csv}, {@code sweep.tex}, {@code sweep.html} and {@code optuna-journal.log}. */
final class SweepRecord {
    static final String PAGE = "sweep.html";
    private static final String DOCUMENT = "sweep.json";
    private static final String TABLE = "sweep.csv";
    private static final String LATEX = "sweep.tex";

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
    record Rung(int step, Map<Integer, ScaledFigure> figures, List<Integer> chosen) {
        Rung {
            figures = Collections.unmodifiableMap(new TreeMap<>(figures));
            chosen = List.copyOf(chosen);
        }

        /** Returns the figures as numbers, for those who read them setting by setting. */
        Map<Integer, Double> means() {
            Map<Integer, Double> means = new TreeMap<>();
            figures.forEach((setting, figure) -> means.put(setting, figure.mean()));
            return means;
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
    record Outcome(Map<String, @Nullable Object> document, List<String> sentences, List<Failure> failures) {
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
            Map<Integer, ScaledFigure> figures = new TreeMap<>();
            for (int setting : going) {
                for (Trial trial : plan.ofSetting(setting)) {
                    Standing standing = place(trial).standing();
                    if (standing.failure() == null
                            && !standing.figures().containsKey(trial.rungs().get(rung))) {
                        return course;
                    }
                }
                ScaledFigure mean = mean(setting, rung);
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

    private @Nullable ScaledFigure mean(int setting, int rung) throws IOException {
        List<ScaledFigure> seeds = new ArrayList<>();
        for (Trial trial : plan.ofSetting(setting)) {
            Standing standing = place(trial).standing();
            Double figure = standing.figures().get(trial.rungs().get(rung));
            if (standing.failure() != null || figure == null) {
                return null;
            }
            seeds.add(plan.measured(trial, figure));
        }
        return ScaledFigure.mean(seeds);
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
        List<Attempt> attempts = new ArrayList<>();
        for (Map.Entry<Trial, TrialStatus> entry : statuses.entrySet()) {
            Trial trial = entry.getKey();
            String failure = place(trial).standing().failure();
            if (entry.getValue() == TrialStatus.DONE || entry.getValue() == TrialStatus.FAILED) {
                attempts.add(new Attempt(place(trial).path(), plan.values(trial), failure));
            }
            if (entry.getValue() == TrialStatus.FAILED) {
                failures.add(new Failure(trial.name(), trial.text(), String.valueOf(failure)));
            }
        }
        RunGroup group = RunGroup.ofAttempts(attempts).preferring(plan.metric());
        Map<String, @Nullable Object> document = document(statuses, group);
        AtomicFile.write(folder.resolve(DOCUMENT), Json.document(document));
        AtomicFile.write(
                folder.resolve(TABLE),
                new SweepTable(folder, plan).csv(statuses).getBytes(StandardCharsets.UTF_8));
        AtomicFile.write(folder.resolve(LATEX), group.tex().getBytes(StandardCharsets.UTF_8));
        SweepPage.write(
                folder.resolve(PAGE),
                new SweepPage.Told(
                        plan, statuses, course(), failures, unranked().orElse("")),
                group);
        List<String> sentences = new ArrayList<>(group.sentences());
        unranked().ifPresent(sentences::add);
        return new Outcome(document, sentences, failures);
    }

    private List<Map<String, Object>> trials(Map<Trial, TrialStatus> statuses) throws IOException {
        List<Map<String, Object>> trials = new ArrayList<>();
        for (Map.Entry<Trial, TrialStatus> entry : statuses.entrySet()) {
            Trial trial = entry.getKey();
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("id", trial.id());
            line.put("options", plan.values(trial));
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
            SweepMetric.means(place.run()).forEach(figures::putIfAbsent);
            place.run().result().metrics().values().forEach((name, value) -> {
                if (name.startsWith("eval_")) {
                    figures.putIfAbsent(name, value);
                }
            });
        }
        return figures;
    }

    private Map<String, @Nullable Object> document(Map<Trial, TrialStatus> statuses, RunGroup group)
            throws IOException {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("trials", trials(statuses));
        document.putAll(group.document(
                plan.figure().isOfRows() ? plan.metric() : plan.figure().name()));
        boolean ranks = !Boolean.TRUE.equals(document.get("identical"));
        List<List<Integer>> scales = List.copyOf(plan.byScale().values());
        Trial best = ranks && scales.size() == 1 ? best(scales.get(0)) : null;
        document.put("best", best == null ? null : plan.combination(best));
        if (ranks && scales.size() > 1) {
            document.put("best_by_scale", bestByScale());
        }
        unranked().ifPresent(why -> document.put("unranked", why));
        if (plan.search() == Search.HALVING) {
            document.put(
                    "rungs",
                    course().stream()
                            .map(rung -> Map.of("step", rung.step(), "figures", rung.means(), "chosen", rung.chosen()))
                            .toList());
        }
        return document;
    }

    /** Says why the figure that should rank trials can't; empty where it can. */
    private Optional<String> unranked() {
        List<String> rescaled = plan.rescaled();
        // That of rows the group refuses by itself.
        return rescaled.isEmpty() || plan.figure().isOfRows()
                ? Optional.empty()
                : Optional.of(plan.figure().unranked(rescaled));
    }

    /** Returns, for each scale on which there are two settings at least, that scale and the setting that ranks first. */
    private List<Map<String, @Nullable Object>> bestByScale() throws IOException {
        List<Map<String, @Nullable Object>> all = new ArrayList<>();
        for (Map.Entry<Map<String, String>, List<Integer>> part : plan.byScale().entrySet()) {
            Trial best = part.getValue().size() < 2 ? null : best(part.getValue());
            if (best != null) {
                Map<String, @Nullable Object> line = new LinkedHashMap<>();
                line.put("scale", part.getKey());
                line.put("best", plan.combination(best));
                all.add(line);
            }
        }
        return all;
    }

    /**
     * Returns the first trial of the setting that ranks first by the mean over its seeds; null where no setting is at its end.
     *
     * @param settings on one scale
     */
    private @Nullable Trial best(List<Integer> settings) throws IOException {
        List<Rung> course = course();
        int rungs = plan.trials().get(0).rungs().size();
        if (course.size() < rungs) {
            return null;
        }
        Map<Integer, ScaledFigure> figures = new TreeMap<>(course.get(rungs - 1).figures());
        figures.keySet().retainAll(settings);
        return figures.isEmpty()
                ? null
                : plan.ofSetting(Halving.chosen(figures, 1, higherIsBetter()).get(0))
                        .get(0);
    }
}
