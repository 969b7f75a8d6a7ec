package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.error.Shortened;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.group.GroupTest;
import org.align4j.core.eval.group.Replicates;
import org.align4j.core.eval.group.SeededMean;
import org.align4j.core.page.Details;
import org.align4j.core.page.Wording;
import org.align4j.core.report.Comparison.RunNames;
import org.align4j.core.run.Run;
import org.align4j.core.verdict.RowMeasure;
import org.jspecify.annotations.Nullable;

/**
 * Runs that differ in some options, and what their held-out rows say of these. Runs that differ in their seed alone are one setting.
 *
 * @param varied the options in which settings differ, in the order of the runs' own
 * @param settings that have a run at its end, evaluated; in the order of their first runs
 * @param lost settings of which no run can be compared, since each failed, was ended or wasn't evaluated
 * @param tests of the settings, one for each measure of the rows, the most informative first; none where the rows can't be compared
 * @param refusals what can't be compared, and what can be in parts
 */
public record RunGroup(
        List<String> varied, List<Setting> settings, List<Setting> lost, List<MeasureTest> tests, Refusals refusals) {
    /** A group without runs. */
    public static final RunGroup NONE = ofSettings(List.of(), "No run came to its end.");

    private static final String SEED = "seed";

    public RunGroup {
        varied = List.copyOf(varied);
        settings = List.copyOf(settings);
        lost = List.copyOf(lost);
        tests = List.copyOf(tests);
    }

    /**
     * What can't be compared, and why.
     *
     * @param all why nothing can be compared over all settings, in a sentence; null where something can
     * @param measures why single measures can't be compared over all settings, by their names
     * @param strata parts of the runs that are compared each by itself, since within a part the first refused measure has one scale; none
     *     where it has one over all runs, and where no part has two settings
     */
    public record Refusals(@Nullable String all, Map<String, String> measures, List<Stratum> strata) {
        public Refusals {
            measures = Collections.unmodifiableMap(new LinkedHashMap<>(measures));
            strata = List.copyOf(strata);
        }
    }

    /**
     * Settings within which a measure has one scale.
     *
     * @param scale what rescales the measure and is equal in all of them, by name, with its value
     * @param group the settings
     */
    public record Stratum(Map<String, String> scale, RunGroup group) {
        public Stratum {
            scale = Collections.unmodifiableMap(new LinkedHashMap<>(scale));
        }

        /** Returns the scale as one reads it: {@code missing-eos-penalty 5}. */
        public String text() {
            return scale.entrySet().stream()
                    .map(part -> part.getKey() + " " + Shortened.of(part.getValue()))
                    .collect(Collectors.joining(", "));
        }
    }

    /** Returns why the settings can't be compared, in a sentence; null where they can. */
    public @Nullable String refusal() {
        return refusals.all();
    }

    /** Makes a group in which nothing is compared. */
    static RunGroup ofSettings(List<String> varied, @Nullable String refusal) {
        return refusing(varied, List.of(), List.of(), refusal);
    }

    /** Makes a group in which nothing is compared. */
    static RunGroup refusing(
            List<String> varied, List<Setting> settings, List<Setting> lost, @Nullable String refusal) {
        return new RunGroup(varied, settings, lost, List.of(), new Refusals(refusal, Map.of(), List.of()));
    }

    /**
     * Runs with the same options, seeds aside.
     *
     * @param values of the options that vary, as the runs have them
     * @param runs a run a seed, each at its end and evaluated
     * @param losses runs that can't be compared, and why
     */
    public record Setting(Map<String, @Nullable Object> values, List<Member> runs, List<Loss> losses) {
        public Setting {
            values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
            runs = List.copyOf(runs);
            losses = List.copyOf(losses);
        }

        /** A setting all of whose runs can be compared. */
        public Setting(Map<String, ?> values, List<Member> runs) {
            this(Collections.unmodifiableMap(values), runs, List.of());
        }

        /** Returns the values of the options as one reads them. */
        public Map<String, String> options() {
            Map<String, String> options = new LinkedHashMap<>();
            values.forEach((name, value) -> options.put(name, Details.text(value)));
            return options;
        }

        /** Returns the options as one reads them: {@code beta 0.1, learning-rate 1e-3}. */
        public String text() {
            return values.isEmpty()
                    ? "as given"
                    : options().entrySet().stream()
                            .map(option -> option.getKey() + " " + option.getValue())
                            .collect(Collectors.joining(", "));
        }

        /** Whether a run of this setting failed, so that the setting can't win by the others. */
        public boolean hasFailed() {
            return losses.stream().anyMatch(loss -> loss.kind() == Loss.Kind.FAILED);
        }

        /** Counts the runs that were lost in one way. */
        public long count(Loss.Kind kind) {
            return losses.stream().filter(loss -> loss.kind() == kind).count();
        }
    }

    /**
     * A run of the group.
     *
     * @param name its folder's, with as many folders above it as tell the runs apart
     */
    public record Member(Path path, String name, long seed) {}

    /** A run that can't be compared, in which way, and why in words. */
    public record Loss(Member run, Kind kind, String reason) {
        /** The ways in which a run is lost. */
        public enum Kind {
            /** The run diverged, or failed in another way: that counts against its setting. */
            FAILED,
            /** A person ended the run, or it is still at work: its seed is left out in all settings. */
            ENDED,
            /** The run has no held-out rows of before and after training. */
            UNMEASURED
        }
    }

    /**
     * A run that was begun, or was to begin.
     *
     * @param path its directory, which needn't be there
     * @param options those known of it where it left none
     * @param failure why it can't go on; null where it can
     */
    public record Attempt(
            Path path,
            Map<String, @Nullable Object> options,
            @Nullable String failure) {
        public Attempt {
            options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
        }
    }

    /**
     * What a measure of the held-out rows says of the settings.
     *
     * @param measure of the rows; its values are those of one run
     * @param replicates of the settings, in their order, over the seeds that all of them share where they share some
     * @param test of these, in which a setting with a failed run can't win
     * @param failed places of the settings with a failed run
     * @param otherwise the winner by all seeds that each two settings share, failures left out
     */
    public record MeasureTest(
            RowMeasure measure,
            List<Replicates> replicates,
            GroupTest test,
            Set<Integer> failed,
            OptionalInt otherwise) {
        private static final double CONFIDENCE = 0.95;

        public MeasureTest {
            replicates = List.copyOf(replicates);
            failed = Set.copyOf(failed);
        }

        /** Returns how many rows were compared. */
        public int rows() {
            return measure.values().length;
        }

        /** Returns the seeds over which a setting's mean is. */
        public long[] seeds(int setting) {
            return replicates.get(setting).seeds();
        }

        /** Says how p is corrected for the number of parts; empty where all settings are compared with each other. */
        String inParts() {
            return test.parts() == 1 ? "" : format(", times %d for as many parts of the runs", test.parts());
        }

        /** Writes a value of the measure. */
        public String number(double value) {
            return measure.isShare() ? Wording.percent(value) : Wording.number(value);
        }

        /** Returns the 95 % interval of a mean, which for a share stays between 0 and 1. */
        public Interval interval(SeededMean mean) {
            return measure.isShare() ? mean.shareInterval(CONFIDENCE) : mean.interval(CONFIDENCE);
        }

        /** Returns the 95 % interval of a pair's difference, which for a share stays between −1 and 1. */
        public Interval interval(GroupTest.Pair pair) {
            Interval interval = pair.difference().interval(CONFIDENCE);
            return measure.isShare()
                    ? new Interval(
                            Math.max(-1, Math.min(1, interval.low())),
                            Math.max(-1, Math.min(1, interval.high())),
                            CONFIDENCE)
                    : interval;
        }

        /** Whether all settings' runs have one value for each row, to the last bit, so that nothing distinguishes them. */
        public boolean isIdentical() {
            return replicates.size() > 1 && replicates.stream().allMatch(replicates.get(0)::isEqualTo);
        }

        /** Returns the places of the settings, the best mean first, those with a failed run behind all others. */
        public List<Integer> ranking() {
            List<Integer> ranking = new ArrayList<>(byMean());
            ranking.sort(Comparator.comparing(failed::contains));
            return ranking;
        }

        /** Returns the places of the settings, the best mean first, whether a run of theirs failed or not. */
        List<Integer> byMean() {
            return IntStream.range(0, test.means().size())
                    .boxed()
                    .sorted((a, b) -> (measure.higherIsBetter() ? -1 : 1)
                            * Double.compare(
                                    test.means().get(a).mean(),
                                    test.means().get(b).mean()))
                    .toList();
        }
    }

    /**
     * Reads runs and compares what they differ in.
     *
     * @param runs run directories; those that didn't come to their end, or weren't evaluated, are in the group and in no comparison
     */
    public static RunGroup read(List<Path> runs) throws IOException {
        return of(RunView.read(runs));
    }

    /** Reads runs some of which may have failed, before they left anything too. */
    public static RunGroup ofAttempts(List<Attempt> attempts) throws IOException {
        List<RunView> views = new ArrayList<>();
        for (Attempt attempt : attempts) {
            views.add(Run.isOne(attempt.path()) ? RunView.read(attempt.path()) : null);
        }
        return attempts.isEmpty() ? NONE : GroupedRuns.of(attempts, views).group();
    }

    /** Reads runs and puts those together whose options differ in their seed alone, whether they were evaluated or not. */
    public static List<Setting> settings(List<Path> runs) throws IOException {
        List<RunView> views = RunView.read(runs);
        List<String> names = RunNames.of(views);
        List<String> varied = new Comparability(views).differing();
        Map<Map<String, String>, List<Integer>> places = IntStream.range(0, views.size())
                .boxed()
                .collect(Collectors.groupingBy(
                        place -> new Setting(values(views.get(place), varied), List.of()).options(),
                        LinkedHashMap::new,
                        Collectors.toList()));
        return places.values().stream()
                .map(own -> new Setting(
                        values(views.get(own.get(0)), varied),
                        own.stream()
                                .map(place -> new Member(
                                        views.get(place).path(),
                                        names.get(place),
                                        seed(views.get(place).documents().config())))
                                .toList()))
                .toList();
    }

    /**
     * Returns the options in which runs differ and by which alone equal models would have unequal values of a figure.
     *
     * @param figure its name
     */
    public static List<String> rescaling(List<Path> runs, String figure) throws IOException {
        return new Comparability(RunView.read(runs)).rescaling(figure);
    }

    static RunGroup of(List<RunView> runs) {
        List<Attempt> attempts = runs.stream()
                .map(run -> new Attempt(run.path(), Map.of(), null))
                .toList();
        return GroupedRuns.of(attempts, runs).group();
    }

    static Map<String, @Nullable Object> values(RunView view, List<String> varied) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        varied.forEach(name -> values.put(
                name,
                name.equals("command")
                        ? view.command()
                        : view.documents().config().get(name)));
        return values;
    }

    static long seed(Map<String, ?> config) {
        return config.get(SEED) instanceof Number seed ? seed.longValue() : 0;
    }

    /**
     * Returns the test of a measure.
     *
     * @param figure its name; null for the most informative one
     */
    public Optional<MeasureTest> test(@Nullable String figure) {
        return tests.stream()
                .filter(test -> figure == null || test.measure().figure().equals(figure))
                .findFirst();
    }

    /** Returns this group with the test of a measure before those of others; as it is for null, or where there is no such test. */
    public RunGroup preferring(@Nullable String figure) {
        List<MeasureTest> ordered = new ArrayList<>(tests);
        ordered.sort(Comparator.comparing(test -> !test.measure().figure().equals(figure)));
        return new RunGroup(varied, settings, lost, ordered, refusals);
    }

    /** Says which setting is better than all others, or that none is, and what could have been seen. */
    public List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        if (refusal() != null) {
            sentences.add(refusal());
        }
        test(null).ifPresent(test -> sentences.addAll(new GroupFinding(this, test).sentences()));
        List<String> unmeasured = lost(Loss.Kind.UNMEASURED);
        if (refusal() == null) {
            sentences.addAll(refusals.measures().values());
        }
        sentences.addAll(ofStrata());
        if (!unmeasured.isEmpty()) {
            sentences.add(format(
                    "Left out because they were not evaluated before and after training: %s.",
                    String.join(", ", unmeasured)));
        }
        return sentences;
    }

    /** Says what each part of the runs came to in which a refused measure has one scale. */
    private List<String> ofStrata() {
        List<String> sentences = new ArrayList<>();
        List<Stratum> strata = refusals.strata();
        if (!strata.isEmpty()) {
            sentences.add(format(
                    "Settings are compared within equal %s: %s.",
                    String.join(" and ", strata.get(0).scale().keySet()),
                    strata.size() == 1
                            ? "one value has two settings or more"
                            : format("%d parts, for whose number p is corrected too", strata.size())));
        }
        strata.forEach(stratum -> sentences.add(format(
                "With %s: %s", stratum.text(), String.join(" ", stratum.group().sentences()))));
        return sentences;
    }

    /** Names the runs that were lost in one way. */
    List<String> lost(Loss.Kind kind) {
        return all().stream()
                .flatMap(setting -> setting.losses().stream())
                .filter(loss -> loss.kind() == kind)
                .map(loss -> loss.run().name())
                .toList();
    }

    /** Returns the settings that are compared, then those of which no run can be. */
    List<Setting> all() {
        List<Setting> all = new ArrayList<>(settings);
        all.addAll(lost);
        return all;
    }

    /** Returns the document of this group: {@code groups}, {@code comparisons} and what they come to. */
    public Map<String, @Nullable Object> document(@Nullable String measure) {
        return GroupDocument.of(this, measure);
    }

    /** Returns the settings as a LaTeX table. */
    public String tex() {
        return GroupTable.tex(this);
    }

    static Set<Long> seeds(List<Member> runs) {
        return runs.stream().map(Member::seed).collect(Collectors.toSet());
    }
}
