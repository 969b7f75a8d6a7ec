package org.align4j.core.compare;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.page.HtmlText.html;
import static org.align4j.core.page.HtmlText.section;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.align4j.core.compare.ComparisonResult.AgreementResult;
import org.align4j.core.compare.ComparisonResult.GroupResult;
import org.align4j.core.compare.ComparisonResult.JudgeResult;
import org.align4j.core.compare.ComparisonResult.SystemFacts;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.win.BradleyTerry;
import org.align4j.core.eval.win.LengthControl;
import org.align4j.core.eval.win.WinRate;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.IntervalChart;
import org.align4j.core.page.IntervalChart.Axis;
import org.align4j.core.page.IntervalChart.Row;
import org.align4j.core.page.IntervalChart.Tone;
import org.align4j.core.page.Wording;
import org.jspecify.annotations.Nullable;

/** The parts of the page that show the figures of a comparison, as HTML. */
final class FigureSections {
    private final ComparisonResult result;
    private final boolean severalJudges;

    FigureSections(ComparisonResult result) {
        this.result = result;
        this.severalJudges =
                result.judges().stream().map(JudgeResult::judge).distinct().count() > 1;
    }

    private String first() {
        return result.systems().get(0).name();
    }

    /** A dot with its interval for each judge and system, and a ring for the rate at equal length. */
    String winRates() {
        IntervalChart chart = new IntervalChart("System", "win rate, 95 % interval", Axis.RATES);
        for (JudgeResult each : result.judges()) {
            WinRate wins = each.wins();
            if (wins != null) {
                chart.add(row(each.system(), severalJudges ? each.judge() : "", wins.rate(), wins.clustered(), false));
                LengthControl controlled = each.controlled();
                LengthControl.Fit fit = controlled == null ? null : controlled.fit();
                if (fit != null) {
                    chart.add(row(each.system(), "once length is controlled", fit.rate(), fit.interval(), true));
                }
            }
        }
        return section(
                "Win rate against " + first(),
                chart.html() + "<p class=\"muted\">Right of the dashed line the system is preferred to " + html(first())
                        + ", left of it " + html(first())
                        + " is. A tie is half a win. A line that crosses 50&nbsp;% shows no"
                        + " difference. Intervals draw whole prompts; a ring is the rate if both answers were equally long.</p>");
    }

    private static Row row(String label, String remark, double rate, Interval interval, boolean hollow) {
        return new Row(label, remark, rate, interval, Tone.of(interval, 0.5), hollow);
    }

    String table() {
        HtmlTable table = new HtmlTable("System and judge")
                .figures("comparisons", "wins", "ties", "losses", "win rate", "at equal length");
        for (JudgeResult each : result.judges()) {
            WinRate wins = each.wins();
            table.row(
                    html(each.system()) + "<small>" + html(each.judge()) + "</small>",
                    wins == null ? "0" : Wording.count(wins.comparisons()),
                    wins == null ? "–" : Wording.count(wins.wins()),
                    wins == null ? "–" : Wording.count(wins.ties()),
                    wins == null ? "–" : Wording.count(wins.losses()),
                    wins == null ? "–" : withIntervals(wins),
                    atEqualLength(each.controlled()));
        }
        return section("Figures", table.html());
    }

    /** The rate, and below it the interval over prompts, then Wilson's. */
    private static String withIntervals(WinRate wins) {
        Interval wilson = wins.wilson();
        return "<strong>" + Wording.percent(wins.rate()) + "</strong><small>" + Wording.between(wins.clustered())
                + " over prompts</small>"
                + (wilson == null ? "" : "<small>" + Wording.between(wilson) + " Wilson</small>")
                + format("<small>sign test p = %.3g</small>", wins.signTest());
    }

    private static String atEqualLength(@Nullable LengthControl controlled) {
        if (controlled == null) {
            return "–";
        }
        LengthControl.Fit fit = controlled.fit();
        return fit == null
                ? "<small class=\"reason\">" + html(controlled.reason()) + "</small>"
                : "<strong>" + Wording.percent(fit.rate()) + "</strong><small>" + Wording.between(fit.interval())
                        + "</small><small>" + html(fit.model().words()) + "</small>";
    }

    private static String share(@Nullable Double share) {
        return share == null ? "–" : Wording.percent(share);
    }

    /** Win rates on parts of the prompts, by what separates them, for each judge and system; the first ones lie open. */
    String groups() {
        Map<String, List<GroupResult>> pairs = new LinkedHashMap<>();
        result.groups().stream()
                .filter(group -> group.wins().comparisons() < comparisons(group))
                .forEach(group -> pairs.computeIfAbsent(
                                group.system() + (severalJudges ? ", " + group.judge() : ""),
                                unseen -> new ArrayList<>())
                        .add(group));
        if (pairs.isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        pairs.forEach((pair, groups) -> out.append(out.isEmpty() ? "<details open>" : "<details>")
                .append("<summary>")
                .append(html(pair))
                .append("</summary>")
                .append(charts(groups))
                .append("</details>"));
        return section(
                "Where it wins and where it loses",
                out
                        + "<p class=\"muted\">Parts have fewer prompts, so wider intervals; one part in twenty lies outside by"
                        + " chance.</p>");
    }

    /** The figures of all parts together; a part that is the whole says nothing new. */
    private int comparisons(GroupResult group) {
        return result.judges().stream()
                .filter(each ->
                        each.judge().equals(group.judge()) && each.system().equals(group.system()))
                .map(JudgeResult::wins)
                .filter(Objects::nonNull)
                .mapToInt(WinRate::comparisons)
                .sum();
    }

    private static String charts(List<GroupResult> groups) {
        Map<String, List<GroupResult>> ways = groups.stream()
                .collect(Collectors.groupingBy(GroupResult::by, LinkedHashMap::new, Collectors.toList()));
        StringBuilder out = new StringBuilder();
        ways.forEach((by, parts) -> {
            IntervalChart chart = new IntervalChart(partedBy(by), "win rate, 95 % interval", Axis.RATES);
            parts.forEach(part -> chart.add(row(
                    part.group(),
                    Wording.count(part.wins().prompts(), "prompt", "prompts"),
                    part.wins().rate(),
                    part.wins().clustered(),
                    false)));
            out.append(chart.html());
        });
        return out.toString();
    }

    private static String partedBy(String by) {
        return switch (by) {
            case "tag" -> "Tag";
            case "prompt_length" -> "Length of the prompt";
            case "answer_length" -> "Length of the answer";
            case "language" -> "Language";
            default -> by.replace('_', ' ');
        };
    }

    String ratings() {
        BradleyTerry ratings = result.ratings();
        if (ratings == null) {
            return "";
        }
        if (!ratings.comparable()) {
            String groups = ratings.groups().stream()
                    .map(group -> String.join(", ", group))
                    .collect(Collectors.joining(" | "));
            return section(
                    "Ratings",
                    "<p class=\"empty\">No rating fits: some systems won or lost every comparison with the others ("
                            + html(groups) + ").</p>");
        }
        double reach = 50;
        for (BradleyTerry.Rating rating : ratings.ratings().values()) {
            reach = Math.max(
                    reach,
                    Math.max(
                            BradleyTerry.MEAN - rating.interval().low(),
                            rating.interval().high() - BradleyTerry.MEAN));
        }
        reach = 50 * Math.ceil(reach / 50);
        Axis axis = new Axis(
                BradleyTerry.MEAN - reach,
                BradleyTerry.MEAN + reach,
                BradleyTerry.MEAN,
                rating -> format("%.0f", rating));
        IntervalChart chart = new IntervalChart("System", "rating, 95 % interval", axis);
        ratings.ratings()
                .forEach((name, rating) ->
                        chart.add(new Row(name, "", rating.rating(), rating.interval(), Tone.UNCLEAR, false)));
        return section(
                "Ratings",
                chart.html()
                        + "<p class=\"muted\">Bradley and Terry’s model on Elo’s scale, by the first judge: 400 points are"
                        + " odds of 10 to 1; the mean of the systems is 1000.</p>");
    }

    String judges() {
        HtmlTable judges = new HtmlTable("Judge, on")
                .figures("verdicts", "unusable", "alike in both orders", "shown first preferred", "longer preferred");
        for (JudgeResult each : result.judges()) {
            judges.row(
                    html(each.judge()) + "<small>" + html(each.system()) + "</small>",
                    Wording.count(each.matches()),
                    Wording.count(each.unusableCount()),
                    share(each.positionConsistency()),
                    share(each.firstShownRate()),
                    share(each.longerRate()));
        }
        return section("How far the judges can be trusted", judges.html() + pairsOfJudges());
    }

    private String pairsOfJudges() {
        if (result.agreement().isEmpty()) {
            return "";
        }
        HtmlTable table = new HtmlTable("Two judges").figures("matches", "agree", "beyond chance (κ)", "95 % interval");
        for (AgreementResult each : result.agreement()) {
            table.row(
                    html(each.one()) + "<small>and " + html(each.other()) + "</small>",
                    Wording.count(each.figures().items()),
                    Wording.percent(each.figures().agreed()),
                    "<strong>" + signed(each.figures().value()) + "</strong>",
                    Wording.between(each.figures().interval(), FigureSections::signed));
        }
        return table.html() + "<p class=\"muted\">κ is 1 where they always agree, 0 where as often as chance.</p>";
    }

    private static String signed(double value) {
        return format("%.2f", value).replace('-', '−');
    }

    String systems() {
        HtmlTable table = new HtmlTable("System")
                .figures("answers", "mean length", "finished")
                .words("from");
        for (SystemFacts system : result.systems()) {
            table.row(
                    html(system.name()),
                    Wording.count(system.answers()),
                    Wording.count(Math.round(system.meanLength())),
                    share(system.finished()),
                    html(system.source()));
        }
        return section("Systems", table.html() + "<p class=\"muted\">Lengths are in characters.</p>");
    }
}
