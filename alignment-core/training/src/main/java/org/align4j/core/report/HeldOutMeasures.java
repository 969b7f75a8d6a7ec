package org.align4j.core.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.data.RowRelations;
import org.align4j.core.eval.Thresholds;
import org.align4j.core.eval.group.GroupTest;
import org.align4j.core.eval.group.Replicates;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.report.RunGroup.MeasureTest;
import org.align4j.core.report.RunGroup.Setting;
import org.align4j.core.verdict.EvaluatedRows;
import org.align4j.core.verdict.Evidence.Evaluations;
import org.align4j.core.verdict.RowMeasure;

/**
 * The measures of the held-out rows of settings whose rows are the same.
 *
 * @param settings their runs, each at its end
 * @param comparability of all these runs
 */
record HeldOutMeasures(List<List<RunView>> settings, Comparability comparability) {
    /**
     * Settings by a measure that all their runs have.
     *
     * @param runs a list a setting, a figure a run
     */
    record Measured(RowMeasure measure, List<List<ScaledFigure>> runs) {}

    /** Tests settings by a measure whose figures can be compared. */
    MeasureTest test(Measured of, List<Setting> named, int parts) {
        int[] prompts = prompts(places());
        List<Replicates> own = IntStream.range(0, settings.size())
                .mapToObj(setting -> Replicates.of(
                        settings.get(setting).stream()
                                .mapToLong(run -> RunGroup.seed(run.documents().config()))
                                .toArray(),
                        of.runs().get(setting),
                        prompts))
                .toList();
        Set<Integer> failed = IntStream.range(0, named.size())
                .filter(place -> named.get(place).hasFailed())
                .boxed()
                .collect(Collectors.toSet());
        boolean higher = of.measure().higherIsBetter();
        List<Replicates> shared = Replicates.overSharedSeeds(own);
        GroupTest test = GroupTest.of(shared, higher, parts).barring(failed::contains);
        return new MeasureTest(
                of.measure(),
                shared,
                test,
                failed,
                GroupTest.of(own, higher, parts).winner());
    }

    /** Returns each measure that all runs have, whether their figures can be compared or not, the most informative first. */
    List<Measured> measured() {
        int[] places = places();
        List<List<List<RowMeasure>>> measures = settings.stream()
                .map(runs -> runs.stream().map(run -> measures(run, places)).toList())
                .toList();
        List<Measured> found = new ArrayList<>();
        for (RowMeasure measure : measures.get(0).get(0)) {
            List<List<ScaledFigure>> runs = new ArrayList<>();
            for (int setting = 0; setting < settings.size(); setting++) {
                runs.add(figures(measure, settings.get(setting), measures.get(setting)));
            }
            if (IntStream.range(0, settings.size())
                    .allMatch(setting ->
                            runs.get(setting).size() == settings.get(setting).size())) {
                found.add(new Measured(measure, runs));
            }
        }
        return found;
    }

    /** Returns the figures of a setting's runs by one measure, without those that are no numbers. */
    private List<ScaledFigure> figures(RowMeasure measure, List<RunView> runs, List<List<RowMeasure>> measures) {
        List<ScaledFigure> figures = new ArrayList<>();
        for (int run = 0; run < runs.size(); run++) {
            RunView view = runs.get(run);
            measures.get(run).stream()
                    .filter(other -> other.figure().equals(measure.figure()) && isFinite(other.values()))
                    .map(other -> new ScaledFigure(
                            view.name(), comparability.basis(view, other.figure(), other.unit()), other.values()))
                    .forEach(figures::add);
        }
        return figures;
    }

    private static boolean isFinite(double[] values) {
        return Arrays.stream(values).allMatch(Double::isFinite);
    }

    /** Whether a run has rows of an evaluation before training and of one after. */
    static boolean isMeasured(RunView run) {
        Evaluations evaluations = run.evidence().evaluations();
        return evaluations.first() != null
                && evaluations.last() != null
                && evaluations.last().step() > 0;
    }

    /** Whether the first measure of a run's rows is a number in each of them. */
    static boolean isFinite(RunView run) {
        Evaluations.At last = run.evidence().evaluations().last();
        int rows = last == null ? 0 : last.rows().size();
        return measures(run, IntStream.range(0, rows).toArray()).stream()
                .findFirst()
                .map(measure -> isFinite(measure.values()))
                .orElse(true);
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
    private int[] places() {
        List<RunView> all = settings.stream().flatMap(List::stream).toList();
        Evaluations.At last = all.get(0).evidence().evaluations().last();
        int rows = last == null ? 0 : last.rows().size();
        int[] unseen = IntStream.range(0, rows)
                .filter(row -> all.stream()
                        .map(run -> relations(run, rows))
                        .noneMatch(known -> Arrays.stream(known.trained()).anyMatch(trained -> trained == row)))
                .toArray();
        int[] numbers = relations(all.get(0), rows).prompts();
        long prompts = Arrays.stream(unseen).map(row -> numbers[row]).distinct().count();
        return prompts >= Thresholds.FEWEST_PROMPTS
                ? unseen
                : IntStream.range(0, rows).toArray();
    }

    private int[] prompts(int[] places) {
        RunView first = settings.get(0).get(0);
        Evaluations.At last = first.evidence().evaluations().last();
        int[] numbers = relations(first, last == null ? 0 : last.rows().size()).prompts();
        return Arrays.stream(places).map(place -> numbers[place]).toArray();
    }

    private static RowRelations relations(RunView run, int rows) {
        RowRelations known = run.evidence().relations();
        return known == null || known.heldOut() != rows ? RowRelations.none(0, rows) : known;
    }
}
