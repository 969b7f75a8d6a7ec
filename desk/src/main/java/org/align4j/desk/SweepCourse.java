package org.align4j.desk;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.page.HtmlText.html;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.HtmlText;
import org.align4j.core.page.Wording;
import org.align4j.core.run.Run;
import org.align4j.desk.SweepOptions.Search;
import org.align4j.desk.SweepPlan.Trial;
import org.align4j.desk.SweepRecord.Rung;
import org.align4j.desk.SweepRecord.TrialStatus;
import org.jspecify.annotations.Nullable;

/**
 * How a sweep stands while it is at work, for those who watch: its trials with their figures, and its settings by their means so far.
 *
 * @param command that is swept
 * @param plannedSteps optimizer steps of all trials
 * @param secondsPerStep of a trial by its forecast; 0 where nobody knows
 * @param atOnce trials side by side
 * @param figure that ranks trials
 * @param trials in their order
 * @param standings the settings by their means so far, as HTML; empty before the first figure
 */
public record SweepCourse(
        String command,
        long plannedSteps,
        double secondsPerStep,
        int atOnce,
        String figure,
        List<TrialCourse> trials,
        String standings) {
    private static final int MOST_STANDINGS = 30;

    public SweepCourse {
        trials = List.copyOf(trials);
    }

    /**
     * How a trial stands.
     *
     * @param name of its folder
     * @param path of its run
     * @param options those that vary, as one reads them
     * @param steps of its whole run
     * @param status waiting, running, done, pruned or failed
     * @param value of the figure that ranks it, by its last rung; null before
     * @param failure why it can't go on; null where it can
     */
    public record TrialCourse(
            String name,
            Path path,
            String options,
            int steps,
            String status,
            @Nullable Double value,
            @Nullable String failure) {}

    /** Whether a folder is that of a sweep. */
    public static boolean isIn(Path folder) {
        return SweepPlan.isIn(folder);
    }

    /** Reads how a sweep stands. */
    public static SweepCourse read(Path folder) throws IOException {
        SweepPlan plan = SweepPlan.read(folder);
        SweepRecord record = new SweepRecord(folder, plan);
        List<Rung> course = record.course();
        List<TrialCourse> trials = new ArrayList<>();
        for (Map.Entry<Trial, TrialStatus> entry : record.statuses().entrySet()) {
            Trial trial = entry.getKey();
            TrialFolder place = new TrialFolder(folder, trial);
            TrialFolder.Standing standing = place.standing();
            trials.add(new TrialCourse(
                    trial.name(),
                    place.path(),
                    trial.text(),
                    trial.steps(),
                    entry.getValue().word(),
                    last(standing.figures()),
                    standing.failure()));
        }
        boolean higher = record.higherIsBetter();
        String name = name(plan, trials);
        List<String> rescaled = plan.rescaled();
        return new SweepCourse(
                plan.command(),
                plan.plannedSteps(),
                plan.secondsPerStep(),
                plan.atOnce(),
                name,
                trials,
                rungs(plan, course)
                        + (rescaled.isEmpty() ? "" : "<p>" + html(plan.figure().unranked(rescaled)) + "</p>")
                        + standings(plan, trials, name, higher));
    }

    private static @Nullable Double last(Map<Integer, Double> figures) {
        return figures.keySet().stream()
                .max(Comparator.naturalOrder())
                .map(figures::get)
                .orElse(null);
    }

    private static String name(SweepPlan plan, List<TrialCourse> trials) throws IOException {
        for (TrialCourse trial : trials) {
            if (trial.value() != null) {
                return plan.figure().figure(new Run(trial.path())).replace('_', ' ');
            }
        }
        return "";
    }

    private static String rungs(SweepPlan plan, List<Rung> course) {
        if (plan.search() != Search.HALVING || course.isEmpty()) {
            return "";
        }
        Rung rung = course.get(course.size() - 1);
        return "<p>"
                + html(format(
                        "After step %,d of each %s %s.",
                        rung.step(),
                        Wording.count(rung.chosen().size(), "setting", "settings"),
                        rung.chosen().size() == 1 ? "goes on" : "go on"))
                + "</p>";
    }

    /** A setting and the mean of its trials' figures so far. */
    private record Standing(String text, ScaledFigure mean, int seeds, int of) {}

    /** The settings in their order, a table for each scale on which there are two of them at least. */
    private static String standings(SweepPlan plan, List<TrialCourse> trials, String figure, boolean higher) {
        Map<Map<String, String>, List<Integer>> scales = plan.byScale();
        StringBuilder out = new StringBuilder();
        scales.forEach((scale, settings) -> {
            List<Standing> standings = standings(plan, trials, settings);
            String within = scale.entrySet().stream()
                    .map(part -> part.getKey() + " " + part.getValue())
                    .collect(Collectors.joining(", "));
            if (scales.size() == 1) {
                out.append(table("Standings so far", standings, figure, higher));
            } else if (settings.size() > 1) {
                out.append(table("Standings so far with " + within, standings, figure, higher));
            }
        });
        return out.toString();
    }

    private static List<Standing> standings(SweepPlan plan, List<TrialCourse> trials, List<Integer> settings) {
        List<Standing> standings = new ArrayList<>();
        for (int setting : settings) {
            List<Trial> seeds = plan.ofSetting(setting);
            List<ScaledFigure> values = new ArrayList<>();
            for (Trial trial : seeds) {
                Double value = trials.get(trial.id()).value();
                if (value != null) {
                    values.add(plan.measured(trial, value));
                }
            }
            if (!values.isEmpty()) {
                standings.add(new Standing(
                        seeds.get(0).settingText(), ScaledFigure.mean(values), values.size(), seeds.size()));
            }
        }
        return standings;
    }

    private static String table(String title, List<Standing> unordered, String figure, boolean higher) {
        if (unordered.isEmpty()) {
            return "";
        }
        Comparator<Standing> byMean = (one, other) -> one.mean().compare(other.mean());
        List<Standing> standings =
                unordered.stream().sorted(higher ? byMean.reversed() : byMean).toList();
        HtmlTable table = new HtmlTable("Setting").figures("mean " + figure, "seeds");
        standings.stream()
                .limit(MOST_STANDINGS)
                .forEach(standing -> table.row(
                        html(standing.text()),
                        html(Wording.number(standing.mean().mean())),
                        standing.seeds() == standing.of()
                                ? Integer.toString(standing.of())
                                : standing.seeds() + " of " + standing.of()));
        String rest = standings.size() > MOST_STANDINGS
                ? "<p class=\"muted\">The best " + MOST_STANDINGS + " of " + standings.size() + " settings.</p>"
                : "";
        return HtmlText.section(
                title,
                table.html() + rest
                        + "<p class=\"muted\">Means alone, in order. Whether one is shown to be better, sweep.html"
                        + " says at the end: who tests at each look finds winners where there are none.</p>");
    }
}
