package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.data.RowRelations;
import org.align4j.core.eval.Thresholds;
import org.align4j.core.eval.group.GroupTest;
import org.align4j.core.eval.group.Replicates;
import org.align4j.core.eval.group.SeededMean;
import org.align4j.core.page.Details;
import org.align4j.core.page.Wording;
import org.align4j.core.report.Comparison.Comparability;
import org.align4j.core.report.Comparison.RunNames;
import org.align4j.core.run.TrackTargets;
import org.align4j.core.verdict.EvaluatedRows;
import org.align4j.core.verdict.Evidence.Evaluations;
import org.align4j.core.verdict.RowMeasure;
import org.jspecify.annotations.Nullable;

/**
 * Runs that differ in some options, and what their held-out rows say of these. Runs that differ in their seed alone are one setting.
 *
 * @param varied the options in which settings differ, in the order of the runs' own
 * @param settings in the order of their first runs
 * @param tests of the settings, one for each measure of the rows, the most informative first; none where the rows can't be compared
 * @param unmeasured names of runs that were not evaluated after training, which are in no setting
 * @param refusal why the settings can't be compared, in a sentence; null where they can
 */
public record RunGroup(
        List<String> varied,
        List<Setting> settings,
        List<MeasureTest> tests,
        List<String> unmeasured,
        @Nullable String refusal) {
    /** A group without runs. */
    public static final RunGroup NONE =
            new RunGroup(List.of(), List.of(), List.of(), List.of(), "No run came to its end.");

    private static final String SEED = "seed";

    public RunGroup {
        unmeasured = List.copyOf(unmeasured);
        varied = List.copyOf(varied);
        settings = List.copyOf(settings);
        tests = List.copyOf(tests);
    }

    /**
     * Runs with the same options, seeds aside.
     *
     * @param options those that vary, as text
     * @param runs a run a seed
     */
    public record Setting(Map<String, String> options, List<Member> runs) {
        public Setting {
            runs = List.copyOf(runs);
        }

        /** Returns the options as one reads them: {@code beta 0.1, learning-rate 1e-3}. */
        public String text() {
            return options.isEmpty()
                    ? "as given"
                    : options.entrySet().stream()
                            .map(option -> option.getKey() + " " + option.getValue())
                            .collect(Collectors.joining(", "));
        }
    }

    /**
     * A run of the group.
     *
     * @param name its folder's, with as many folders above it as tell the runs apart
     */
    public record Member(Path path, String name, long seed) {}

    /**
     * What a measure of the held-out rows says of the settings.
     *
     * @param measure of the rows; its values are those of one run
     * @param replicates of the settings, in their order
     */
    public record MeasureTest(RowMeasure measure, List<Replicates> replicates, GroupTest test) {
        public MeasureTest {
            replicates = List.copyOf(replicates);
        }

        /** Returns how many rows were compared. */
        public int rows() {
            return measure.values().length;
        }

        /** Writes a value of the measure. */
        public String number(double value) {
            return measure.isShare() ? Wording.percent(value) : Wording.number(value);
        }

        /** Returns the places of the settings, the best mean first. */
        public List<Integer> ranking() {
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
     * @param runs run directories; those without an evaluation after training are in the group, and in no comparison
     */
    public static RunGroup read(List<Path> runs) throws IOException {
        List<RunView> views = RunView.read(runs);
        return of(views);
    }

    /** Reads runs and puts those together whose options differ in their seed alone, whether they were evaluated or not. */
    public static List<Setting> settings(List<Path> runs) throws IOException {
        List<RunView> views = RunView.read(runs);
        return settings(views, RunNames.of(views), varied(views)).stream()
                .map(Grouped::setting)
                .toList();
    }

    /** A setting and what its runs have written. */
    private record Grouped(Setting setting, List<RunView> views) {}

    private static List<Grouped> settings(List<RunView> views, List<String> names, List<String> varied) {
        List<Grouped> settings = new ArrayList<>();
        IntStream.range(0, views.size())
                .boxed()
                .collect(Collectors.groupingBy(
                        place -> options(views.get(place), varied), LinkedHashMap::new, Collectors.toList()))
                .forEach((options, places) -> settings.add(new Grouped(
                        new Setting(
                                options,
                                places.stream()
                                        .map(place -> new Member(
                                                views.get(place).path(), names.get(place), seed(views.get(place))))
                                        .toList()),
                        places.stream().map(views::get).toList())));
        return settings;
    }

    static RunGroup of(List<RunView> runs) {
        List<RunView> views = runs.stream().filter(HeldOut::isMeasured).toList();
        List<String> names = RunNames.of(runs);
        List<String> unmeasured = IntStream.range(0, runs.size())
                .filter(i -> !HeldOut.isMeasured(runs.get(i)))
                .mapToObj(names::get)
                .toList();
        if (views.isEmpty()) {
            return new RunGroup(
                    List.of(),
                    List.of(),
                    List.of(),
                    unmeasured,
                    "No run was evaluated on held-out rows before and after training, so that nothing can be compared; give them eval-data.");
        }
        List<String> varied = varied(views);
        List<Grouped> settings = settings(
                views, views.stream().map(view -> names.get(runs.indexOf(view))).toList(), varied);
        List<Setting> named = settings.stream().map(Grouped::setting).toList();
        String refusal = refusal(views, named);
        List<MeasureTest> tests = refusal == null
                ? new HeldOut(settings.stream().map(Grouped::views).toList()).tests()
                : List.of();
        return new RunGroup(varied, named, tests, unmeasured, refusal);
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

    /** Says which setting is better than all others, or that none is, and what could have been seen. */
    public List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        if (refusal != null) {
            sentences.add(refusal);
        }
        test(null).ifPresent(test -> sentences.addAll(new Finding(this, test).sentences()));
        if (!unmeasured.isEmpty()) {
            sentences.add(format(
                    "Left out because they were not evaluated before and after training: %s.",
                    String.join(", ", unmeasured)));
        }
        return sentences;
    }

    /** What a test came to, in words. */
    private record Finding(RunGroup group, MeasureTest of) {
        List<String> sentences() {
            GroupTest test = of.test();
            if (group.settings().size() < 2) {
                return List.of("There is one setting, so that there is nothing to compare it with.");
            }
            List<String> sentences = new ArrayList<>();
            if (test.winner().isPresent()) {
                sentences.add(winner(test.winner().getAsInt()));
                sentences.add(proof(test.winner().getAsInt()));
            } else {
                sentences.addAll(none());
            }
            if (!test.comparesSettings()) {
                sentences.add(
                        "This compares runs, not settings: a setting's next seed may turn it around. Give every setting the same two"
                                + " seeds at least; three to five are usual.");
            }
            if (Double.isFinite(test.smallestDifference())) {
                sentences.add(format(
                        "A %s better by %s than every other one would be found in 4 of 5 such groups of %,d rows%s.",
                        test.comparesSettings() ? "setting" : "run",
                        amount(test.smallestDifference()),
                        of.rows(),
                        test.comparesSettings()
                                ? format(
                                        " and %d seeds",
                                        test.pairs().stream()
                                                .mapToInt(GroupTest.Pair::seeds)
                                                .min()
                                                .orElse(0))
                                : ""));
            }
            return sentences;
        }

        private String winner(int place) {
            return capital(group.settings().get(place).text()) + " is better than every other setting.";
        }

        private String proof(int place) {
            SeededMean mean = of.test().means().get(place);
            return format(
                    "Its mean of %s is %s (95 %% interval %s to %s); each difference from the others has p below 0.05 after Holm's"
                            + " correction for %s.",
                    of.measure().words(),
                    amount(mean.mean()),
                    of.number(mean.interval(0.95).low()),
                    of.number(mean.interval(0.95).high()),
                    Wording.count(of.test().pairs().size(), "pair", "pairs"));
        }

        private List<String> none() {
            int best = of.ranking().get(0);
            return List.of(
                    format(
                            "No %s is shown to be better than every other one.",
                            of.test().comparesSettings() ? "setting" : "run"),
                    format(
                            "The best mean is that of %s: %s %s.",
                            group.settings().get(best).text(),
                            of.measure().words(),
                            amount(of.test().means().get(best).mean())));
        }

        private String amount(double value) {
            return of.measure().isShare()
                    ? Wording.percent(value)
                    : Wording.number(value) + " " + of.measure().unit();
        }

        private static String capital(String text) {
            return Character.toUpperCase(text.charAt(0)) + text.substring(1);
        }
    }

    /** The options that differ, where the runs lie and their seeds aside. */
    /** Returns the options in which runs differ, seeds aside, in the order of the runs' own. */
    static List<String> varied(List<RunView> views) {
        Set<String> options = new LinkedHashSet<>();
        views.forEach(view -> options.addAll(view.config().keySet()));
        options.removeAll(Set.of("out", TrackTargets.OPTION, SEED));
        List<String> varied = new ArrayList<>(options.stream()
                .filter(name ->
                        views.stream().map(view -> view.option(name)).distinct().count() > 1)
                .toList());
        if (views.stream().map(RunView::command).distinct().count() > 1) {
            varied.add(0, "command");
        }
        return varied;
    }

    private static Map<String, String> options(RunView view, List<String> varied) {
        Map<String, String> options = new LinkedHashMap<>();
        varied.forEach(name -> options.put(
                name,
                name.equals("command")
                        ? view.command()
                        : Details.text(view.config().get(name))));
        return options;
    }

    private static long seed(RunView view) {
        return view.config().get(SEED) instanceof Number seed ? seed.longValue() : 0;
    }

    private static @Nullable String refusal(List<RunView> views, List<Setting> settings) {
        for (Setting setting : settings) {
            Set<Long> seeds = setting.runs().stream().map(Member::seed).collect(Collectors.toSet());
            if (seeds.size() < setting.runs().size()) {
                return format(
                        "%s have the same options and the same seed, so that one of them says what the other does; leave one out.",
                        setting.runs().stream().map(Member::name).collect(Collectors.joining(" and ")));
            }
        }
        List<String> names = RunNames.of(views);
        for (int i = 1; i < views.size(); i++) {
            if (!Comparability.hash(views.get(0), "eval_data").equals(Comparability.hash(views.get(i), "eval_data"))) {
                return format(
                        "%s was evaluated on other held-out rows than %s, so that chance may explain their difference; give all runs one eval-data.",
                        names.get(i), names.get(0));
            }
            if (!kind(views.get(0)).equals(kind(views.get(i)))) {
                return format(
                        "%s keeps %s of its held-out rows and %s keeps %s, which have no measure in common.",
                        names.get(i), kind(views.get(i)), names.get(0), kind(views.get(0)));
            }
        }
        return null;
    }

    private static String kind(RunView view) {
        Evaluations.At last = view.evidence().evaluations().last();
        return last == null
                ? "nothing"
                : last.rows().size() + " "
                        + last.rows()
                                .getClass()
                                .getSimpleName()
                                .replace("Evaluated", "")
                                .toLowerCase(Locale.ROOT);
    }

    /**
     * The held-out rows of settings whose rows are the same.
     *
     * @param settings their runs
     */
    private record HeldOut(List<List<RunView>> settings) {
        List<MeasureTest> tests() {
            int[] places = places(settings);
            int[] prompts = prompts(settings, places);
            List<List<List<RowMeasure>>> measures = settings.stream()
                    .map(runs -> runs.stream().map(run -> measures(run, places)).toList())
                    .toList();
            List<MeasureTest> tests = new ArrayList<>();
            for (RowMeasure measure : measures.get(0).get(0)) {
                List<Replicates> replicates = new ArrayList<>();
                for (int setting = 0; setting < settings.size(); setting++) {
                    double[][] values = measures.get(setting).stream()
                            .flatMap(run ->
                                    run.stream().filter(other -> other.figure().equals(measure.figure())))
                            .map(RowMeasure::values)
                            .toArray(double[][]::new);
                    if (values.length == settings.get(setting).size()
                            && Arrays.stream(values).allMatch(HeldOut::isFinite)) {
                        long[] seeds = settings.get(setting).stream()
                                .mapToLong(RunGroup::seed)
                                .toArray();
                        replicates.add(Replicates.of(seeds, values, prompts));
                    }
                }
                if (replicates.size() == settings.size()) {
                    tests.add(new MeasureTest(measure, replicates, GroupTest.of(replicates, measure.higherIsBetter())));
                }
            }
            return tests;
        }

        private static boolean isFinite(double[] values) {
            return Arrays.stream(values).allMatch(Double::isFinite);
        }

        private static boolean isMeasured(RunView run) {
            Evaluations evaluations = run.evidence().evaluations();
            return evaluations.first() != null
                    && evaluations.last() != null
                    && evaluations.last().step() > 0;
        }

        private static List<RowMeasure> measures(RunView run, int[] places) {
            Evaluations evaluations = run.evidence().evaluations();
            Evaluations.At first = evaluations.first();
            Evaluations.At last = evaluations.last();
            if (first == null || last == null) {
                return List.of();
            }
            EvaluatedRows before = first.rows().select(places);
            return last.rows().select(places).measures(before);
        }

        /** The rows that no run was trained on, where they are enough; else all. */
        private static int[] places(List<List<RunView>> settings) {
            List<RunView> all = settings.stream().flatMap(List::stream).toList();
            Evaluations.At last = all.get(0).evidence().evaluations().last();
            int rows = last == null ? 0 : last.rows().size();
            int[] unseen = IntStream.range(0, rows)
                    .filter(row -> all.stream()
                            .map(run -> relations(run, rows))
                            .noneMatch(known -> Arrays.stream(known.trained()).anyMatch(trained -> trained == row)))
                    .toArray();
            int[] numbers = relations(all.get(0), rows).prompts();
            long prompts =
                    Arrays.stream(unseen).map(row -> numbers[row]).distinct().count();
            return prompts >= Thresholds.FEWEST_PROMPTS
                    ? unseen
                    : IntStream.range(0, rows).toArray();
        }

        private static int[] prompts(List<List<RunView>> settings, int[] places) {
            RunView first = settings.get(0).get(0);
            Evaluations.At last = first.evidence().evaluations().last();
            int[] numbers =
                    relations(first, last == null ? 0 : last.rows().size()).prompts();
            return Arrays.stream(places).map(place -> numbers[place]).toArray();
        }

        private static RowRelations relations(RunView run, int rows) {
            RowRelations known = run.evidence().relations();
            return known == null || known.heldOut() != rows ? RowRelations.none(0, rows) : known;
        }
    }
}
