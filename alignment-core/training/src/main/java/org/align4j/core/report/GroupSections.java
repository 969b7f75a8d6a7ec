package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.page.HtmlText.html;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.group.GroupTest;
import org.align4j.core.eval.group.Replicates;
import org.align4j.core.eval.group.SeededMean;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.HtmlText;
import org.align4j.core.page.IntervalChart;
import org.align4j.core.page.IntervalChart.Axis;
import org.align4j.core.page.IntervalChart.Tone;
import org.align4j.core.page.ParallelCoordinates;
import org.align4j.core.page.Wording;
import org.align4j.core.report.RunGroup.Loss;
import org.align4j.core.report.RunGroup.MeasureTest;
import org.align4j.core.report.RunGroup.Member;
import org.align4j.core.report.RunGroup.Setting;
import org.align4j.core.report.RunGroup.Stratum;
import org.jspecify.annotations.Nullable;

/** The parts of the page about a group of runs, as HTML, in reading order. */
final class GroupSections {
    /** Rows that a table shows before the rest is folded away. */
    private static final int SHOWN = 30;

    /** Values of an option of which its effect is drawn. */
    private static final int MOST_VALUES = 24;

    /** Prompts whose answers are shown, and settings beside each other. */
    private static final int PROMPTS = 6;

    private static final int BESIDE = 4;

    private final RunGroup group;
    private final List<RunView> views;
    private final Path page;

    /** @param page the file that is written, for links */
    GroupSections(RunGroup group, List<RunView> views, Path page) {
        this.group = group;
        this.views = views;
        this.page = page.toAbsolutePath();
    }

    String header(String title) {
        Optional<MeasureTest> test = group.test(null);
        boolean found = test.map(each -> each.test().winner().isPresent()).orElse(false);
        List<String> sentences = group.sentences();
        StringBuilder out = new StringBuilder("<header><p class=\"run\"><strong>" + html(title) + "</strong><span>"
                + Wording.count(views.size(), "run", "runs") + "</span><span>"
                + Wording.count(group.settings().size(), "setting", "settings") + "</span></p>");
        out.append("<h1 class=\"").append(found ? "better" : "unclear").append("\">");
        out.append(html(Wording.unparted(sentences.isEmpty() ? "Nothing to compare yet." : sentences.get(0))))
                .append("</h1>");
        sentences.stream()
                .skip(1)
                .forEach(sentence -> out.append("<p class=\"lead\">")
                        .append(html(Wording.unparted(sentence)))
                        .append("</p>"));
        return out.append("</header>").toString();
    }

    /** Whether one is better, for a page whose runs stand side by side already. */
    String verdict() {
        StringBuilder out = new StringBuilder();
        group.sentences()
                .forEach(sentence -> out.append("<p>")
                        .append(html(Wording.unparted(sentence)))
                        .append("</p>"));
        group.test(null).ifPresent(test -> out.append(table(test, test.ranking())));
        return HtmlText.section("Is one better?", out.toString()) + strata();
    }

    /** The settings of each part in which a measure that all of them can't be compared by has one scale. */
    private String strata() {
        StringBuilder out = new StringBuilder();
        for (Stratum stratum : group.refusals().strata()) {
            GroupSections part = new GroupSections(stratum.group(), views, page);
            stratum.group()
                    .test(null)
                    .ifPresent(test -> out.append(HtmlText.section(
                            "With " + stratum.text(),
                            "<p>" + html(measured(test)) + "</p>" + part.table(test, test.ranking()))));
        }
        return out.toString();
    }

    String page() throws IOException {
        StringBuilder out = new StringBuilder();
        if (group.tests().isEmpty()) {
            out.append(settingsOnly());
        } else {
            out.append(settings(group.tests().get(0)));
            out.append(effects(group.tests().get(0)));
            out.append(parallel(group.tests().get(0)));
        }
        out.append(strata());
        return out.append("<div id=\"charts\"></div>")
                .append(samples())
                .append(runs())
                .append(Glossary.section())
                .toString();
    }

    List<Charts.Chart> charts() {
        List<RunView> compared = views.stream()
                .filter(view -> group.settings().stream()
                        .flatMap(setting -> setting.runs().stream())
                        .anyMatch(run -> run.path().equals(view.path())))
                .toList();
        return new GroupCurves(group, compared.isEmpty() ? views : compared).charts();
    }

    private String settingsOnly() {
        HtmlTable table = new HtmlTable("Setting").figures("Runs");
        group.all().forEach(setting -> table.row(html(setting.text()), html(runs(setting))));
        return table.isEmpty() ? "" : HtmlText.section("Settings", table.html());
    }

    /** Counts the runs of a setting, with those that can't be compared. */
    private static String runs(Setting setting) {
        String lost = Stream.of(Loss.Kind.values())
                .filter(kind -> setting.count(kind) > 0)
                .map(kind -> ", " + setting.count(kind) + " " + kind.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining());
        return setting.runs().size() + lost;
    }

    private String settings(MeasureTest test) {
        List<Integer> ranking = test.ranking();
        String chart = chart(
                "Setting",
                test,
                ranking.stream()
                        .limit(SHOWN)
                        .map(place -> new Entry(
                                group.settings().get(place), test.test().means().get(place)))
                        .toList());
        int half = Math.min(SHOWN, ranking.size());
        StringBuilder out = new StringBuilder("<p>" + html(measured(test)) + "</p>").append(chart);
        out.append(table(test, ranking.subList(0, half)));
        if (ranking.size() > half) {
            out.append("<details><summary>")
                    .append(Wording.count(ranking.size() - half, "further setting", "further settings"))
                    .append("</summary>")
                    .append(table(test, ranking.subList(half, ranking.size())))
                    .append("</details>");
        }
        if (!group.lost().isEmpty()) {
            HtmlTable lost = new HtmlTable("Setting").figures("Runs").words("Why nothing of it can be compared");
            group.lost()
                    .forEach(setting -> lost.row(html(setting.text()), html(runs(setting)), html(reasons(setting))));
            out.append(lost.html());
        }
        return HtmlText.section("Settings, the best mean first", out.toString());
    }

    private static String reasons(Setting setting) {
        return setting.losses().stream().map(Loss::reason).distinct().collect(Collectors.joining(" "));
    }

    private static String measured(MeasureTest test) {
        long seeded = test.test().means().stream().filter(SeededMean::isOfSeeds).count();
        return format(
                "The measure is %s of %,d held-out rows, %s better. Intervals are of 95 %% and hold for other"
                        + " prompts%s%s.",
                test.measure().words(),
                test.rows(),
                test.measure().higherIsBetter() ? "higher is" : "lower is",
                seeded == 0
                        ? ", not for other seeds"
                        : seeded == test.test().means().size()
                                ? " and other seeds"
                                : "; for other seeds too where a setting has two or more",
                test.test().pairs().isEmpty()
                        ? ""
                        : "; p is of the difference from the best mean, corrected by Holm over all "
                                + Wording.count(test.test().pairs().size(), "pair", "pairs")
                                + test.inParts());
    }

    /** A setting, or settings that share a value, with its mean. */
    private record Entry(String label, String remark, SeededMean mean) {
        Entry(Setting setting, SeededMean mean) {
            this(setting.text(), Wording.count(mean.seeds(), "run", "runs"), mean);
        }
    }

    private static String chart(String heading, MeasureTest test, List<Entry> entries) {
        double[] ends = entries.stream()
                .flatMapToDouble(entry -> {
                    Interval interval = test.interval(entry.mean());
                    double mean = entry.mean().mean();
                    return Arrays.stream(new double[] {mean, interval.low(), interval.high()})
                            .filter(Double::isFinite);
                })
                .toArray();
        double[] means =
                entries.stream().mapToDouble(entry -> entry.mean().mean()).toArray();
        double span = Arrays.stream(means).max().orElse(1)
                - Arrays.stream(means).min().orElse(0);
        // Two seeds make intervals that would press all means into a point: the axis ends before them, unless there is
        // one mean alone.
        double reach = span > 0 ? 2 * span : Double.POSITIVE_INFINITY;
        double low = Math.max(
                Arrays.stream(ends).min().orElse(0), Arrays.stream(means).min().orElse(0) - reach);
        double high = Math.min(
                Arrays.stream(ends).max().orElse(1), Arrays.stream(means).max().orElse(1) + reach);
        IntervalChart chart = new IntervalChart(
                heading,
                test.measure().figure().replace('_', ' '),
                new Axis(low, high > low ? high : low + 1, null, test::number));
        entries.forEach(entry -> chart.add(new IntervalChart.Row(
                entry.label(),
                entry.remark(),
                entry.mean().mean(),
                entry.mean().isSingle() ? null : test.interval(entry.mean()),
                Tone.UNCLEAR,
                false)));
        return chart.html();
    }

    private String table(MeasureTest first, List<Integer> places) {
        HtmlTable table = new HtmlTable("Setting").figures("Seeds", "From the best", "p (Holm)");
        group.tests().forEach(test -> table.figures(test.measure().figure().replace('_', ' ')));
        int best = first.ranking().get(0);
        for (int place : places) {
            Optional<GroupTest.Pair> pair = first.test().pairs().stream()
                    .filter(each -> !first.isIdentical() && place != best && each.has(place) && each.has(best))
                    .findFirst();
            List<String> cells = new ArrayList<>();
            cells.add(html(seeds(group.settings().get(place), first.seeds(place).length)));
            cells.add(pair.map(each -> difference(each, place, first)).orElse(first.isIdentical() ? "–" : "the best"));
            cells.add(pair.map(each -> probability(each.corrected())).orElse("–"));
            group.tests()
                    .forEach(test -> cells.add(
                            html(test.number(test.test().means().get(place).mean()))));
            table.row(html(group.settings().get(place).text()), cells);
        }
        return table.html();
    }

    private static String seeds(Setting setting, int compared) {
        long failed = setting.count(Loss.Kind.FAILED);
        return compared + (failed == 0 ? "" : format(" (%d failed)", failed));
    }

    private static String difference(GroupTest.Pair pair, int place, MeasureTest test) {
        double sign = pair.first() == place ? 1 : -1;
        Interval interval = test.interval(pair);
        Interval turned = sign > 0 ? interval : new Interval(-interval.high(), -interval.low(), interval.confidence());
        return HtmlTable.figure(
                sign * pair.difference().mean(), pair.difference().isSingle() ? null : turned, test::number);
    }

    private static String probability(double p) {
        return html(p < 0.0001 ? "< 0.0001" : format("%.4f", p));
    }

    /** What each value of an option does, over all settings that have it. */
    private String effects(MeasureTest test) {
        StringBuilder out = new StringBuilder();
        for (String option : group.varied()) {
            List<String> values = values(option);
            if (values.size() < 2
                    || values.size() > MOST_VALUES
                    || group.varied().size() < 2) {
                continue;
            }
            List<Entry> entries = new ArrayList<>();
            for (String value : values) {
                List<Replicates> with = new ArrayList<>();
                for (int place = 0; place < group.settings().size(); place++) {
                    if (value.equals(group.settings().get(place).options().get(option))) {
                        with.add(test.replicates().get(place));
                    }
                }
                Replicates.average(with)
                        .ifPresent(all -> entries.add(
                                new Entry(value, Wording.count(with.size(), "setting", "settings"), all.mean())));
            }
            if (entries.size() > 1) {
                out.append(chart(option, test, entries));
            }
        }
        return out.isEmpty()
                ? ""
                : HtmlText.section(
                        "What each option does",
                        "<p>Mean over all settings with a value, whatever their other options. Where the settings are"
                                + " not a full grid, other options may cause part of a difference.</p>" + out);
    }

    private List<String> values(String option) {
        return group.settings().stream()
                .map(setting -> String.valueOf(setting.options().get(option)))
                .distinct()
                .sorted(GroupCurves.BY_NUMBER)
                .toList();
    }

    private String parallel(MeasureTest test) {
        if (group.settings().size() < 3 || group.varied().isEmpty() || test.isIdentical()) {
            return "";
        }
        List<ParallelCoordinates.Axis> axes = new ArrayList<>();
        for (String option : group.varied()) {
            List<String> values = values(option);
            List<ParallelCoordinates.Tick> ticks = new ArrayList<>();
            for (int i = 0; i < values.size(); i++) {
                ticks.add(new ParallelCoordinates.Tick(share(i, values.size()), values.get(i)));
            }
            axes.add(new ParallelCoordinates.Axis(option, ticks));
        }
        List<Integer> ranking = test.byMean();
        double best = test.test().means().get(ranking.get(0)).mean();
        double worst = test.test().means().get(ranking.get(ranking.size() - 1)).mean();
        axes.add(new ParallelCoordinates.Axis(
                test.measure().figure().replace('_', ' '),
                List.of(
                        new ParallelCoordinates.Tick(0, test.number(worst)),
                        new ParallelCoordinates.Tick(1, test.number(best)))));
        ParallelCoordinates drawing = new ParallelCoordinates(axes);
        for (int rank = ranking.size() - 1; rank >= 0; rank--) { // the best lie on top
            Setting setting = group.settings().get(ranking.get(rank));
            double mean = test.test().means().get(ranking.get(rank)).mean();
            List<Double> places = new ArrayList<>();
            for (String option : group.varied()) {
                List<String> values = values(option);
                places.add(share(values.indexOf(setting.options().get(option)), values.size()));
            }
            places.add(best == worst ? 0.5 : (mean - worst) / (best - worst));
            boolean leading = rank < Math.max(1, ranking.size() / 4);
            drawing.add(places, leading ? "var(--good)" : "var(--muted)", setting.text() + ": " + test.number(mean));
        }
        return HtmlText.section(
                "All settings across their options",
                "<p>A line is a setting; the better quarter is coloured, and up is better on the last axis.</p>"
                        + drawing.html());
    }

    private static double share(int place, int of) {
        return of < 2 ? 0.5 : (double) place / (of - 1);
    }

    /** Answers to the same prompts by the best settings and the last one, each by its first run. */
    private String samples() {
        List<Integer> shown = new ArrayList<>();
        List<Integer> order = group.test(null)
                .map(MeasureTest::ranking)
                .orElseGet(() ->
                        IntStream.range(0, group.settings().size()).boxed().toList());
        order.stream().limit(BESIDE - 1L).forEach(shown::add);
        if (order.size() >= BESIDE) {
            shown.add(order.get(order.size() - 1));
        }
        List<RunView> first = shown.stream()
                .map(place -> view(group.settings().get(place).runs().get(0)))
                .filter(Objects::nonNull)
                .toList();
        StringBuilder out = new StringBuilder();
        if (!first.isEmpty()) {
            first.get(0).reported().samples().stream()
                    .limit(PROMPTS)
                    .forEach(sample -> out.append(sample(sample, shown, first)));
        }
        return out.isEmpty() ? "" : HtmlText.section("Answers to the same prompts", out.toString());
    }

    private String sample(Sample sample, List<Integer> shown, List<RunView> runs) {
        StringBuilder answers = new StringBuilder();
        for (int i = 0; i < runs.size(); i++) {
            String name = group.settings().get(shown.get(i)).text();
            int colour = i + 1;
            runs.get(i).reported().samples().stream()
                    .filter(other -> other.asked().text().equals(sample.asked().text()) && other.after() != null)
                    .findFirst()
                    .ifPresent(other -> answers.append("<div class=\"after\" style=\"border-color:var(--run" + colour
                            + ")\"><h3>" + html(name) + "</h3><p>"
                            + html(String.valueOf(other.after()).strip()) + "</p></div>"));
        }
        return answers.isEmpty()
                ? ""
                : "<article class=\"sample\"><blockquote>" + sample.asked().html() + "</blockquote><div>" + answers
                        + "</div></article>";
    }

    private @Nullable RunView view(Member run) {
        return views.stream()
                .filter(view -> view.path().equals(run.path()))
                .findFirst()
                .orElse(null);
    }

    private static List<Member> members(Setting setting) {
        return Stream.concat(setting.runs().stream(), setting.losses().stream().map(Loss::run))
                .toList();
    }

    /** Every run with a link to its own page. */
    private String runs() {
        HtmlTable table =
                new HtmlTable("Run").words("Setting").figures("Seed", "Steps").words("Its verdict");
        for (Setting setting : group.all()) {
            for (Member run : members(setting)) {
                RunView view = view(run);
                if (view == null) {
                    table.row(html(run.name()), html(setting.text()), Long.toString(run.seed()), "–", "–");
                    continue;
                }
                table.row(
                        link(view, run.name()),
                        html(setting.text()),
                        Long.toString(run.seed()),
                        Wording.count(view.step()),
                        html(Wording.unparted(PageFinding.of(view).headline())));
            }
        }
        return table.isEmpty()
                ? ""
                : HtmlText.section("Runs", "<details><summary>Every run</summary>" + table.html() + "</details>");
    }

    private String link(RunView view, String name) {
        Path report = view.path().resolve(HtmlReport.FILE_NAME);
        Path folder = Objects.requireNonNull(page.getParent());
        return Files.exists(report)
                ? "<a href=\""
                        + html(folder.normalize().relativize(report).toString().replace('\\', '/')) + "\">" + html(name)
                        + "</a>"
                : html(name);
    }
}
