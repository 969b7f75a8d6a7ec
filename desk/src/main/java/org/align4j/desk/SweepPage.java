package org.align4j.desk;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.page.HtmlText.html;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.files.Folders;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.HtmlText;
import org.align4j.core.page.Wording;
import org.align4j.core.report.GroupReport;
import org.align4j.core.report.RunGroup;
import org.align4j.desk.SweepOptions.Search;
import org.align4j.desk.SweepPlan.Trial;
import org.align4j.desk.SweepRecord.Failure;
import org.align4j.desk.SweepRecord.Rung;
import org.align4j.desk.SweepRecord.TrialStatus;

/** The page of a sweep: that of the group of its finished runs, with how the search went and which trials failed. */
final class SweepPage {
    private SweepPage() {}

    /**
     * What the page says about the sweep.
     *
     * @param course the rungs, in their order
     * @param unranked why the figure that should rank trials can't; empty where it can
     */
    record Told(
            SweepPlan plan,
            Map<Trial, TrialStatus> statuses,
            List<Rung> course,
            List<Failure> failures,
            String unranked) {}

    static void write(Path page, Told told, RunGroup group) throws IOException {
        Path folder = Folders.parent(page.toAbsolutePath());
        List<Path> runs = new ArrayList<>();
        told.statuses().forEach((trial, status) -> {
            TrialFolder place = new TrialFolder(folder, trial);
            if (status == TrialStatus.DONE || (status == TrialStatus.FAILED && place.isBegun())) {
                runs.add(place.path());
            }
        });
        GroupReport.write(
                page,
                new GroupReport.Frame("Sweep of align " + told.plan().command(), failures(told), search(told)),
                group,
                runs);
    }

    private static String failures(Told told) {
        if (told.failures().isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder("<section class=\"warnings\"><h2>"
                + Wording.count(told.failures().size(), "trial failed", "trials failed") + "</h2><ul>");
        told.failures()
                .forEach(failure -> out.append("<li><p>")
                        .append(html(format("Trial %s (%s): %s", failure.trial(), failure.options(), failure.reason())))
                        .append("</p></li>"));
        return out.append("</ul></section>").toString();
    }

    private static String search(Told told) {
        SweepPlan plan = told.plan();
        StringBuilder out = new StringBuilder("<p>"
                + html(format(
                        "Search %s: %s of %s, %,d optimizer steps.",
                        plan.search().name().toLowerCase(Locale.ROOT),
                        Wording.count(plan.trials().size(), "trial", "trials"),
                        Wording.count(plan.settings(), "setting", "settings"),
                        plan.plannedSteps()))
                + "</p>");
        if (!told.unranked().isEmpty()) {
            out.append("<p>").append(html(told.unranked())).append("</p>");
        }
        if (plan.search() == Search.HALVING) {
            out.append("<p>Settings that were not chosen stopped at their rung and are in no comparison above: those"
                    + " compare what was trained to the end.</p>");
            HtmlTable table =
                    new HtmlTable("After step").figures("Settings", "Go on").words("Which, by their figure");
            for (Rung rung : told.course()) {
                table.row(
                        Integer.toString(rung.step()),
                        Integer.toString(rung.figures().size()),
                        Integer.toString(rung.chosen().size()),
                        html(rung.chosen().stream()
                                .map(setting -> format(
                                        "%s: %s",
                                        text(plan, setting),
                                        Wording.number(rung.means().getOrDefault(setting, Double.NaN))))
                                .collect(Collectors.joining("; "))));
            }
            out.append(table.html());
        }
        return HtmlText.section("How the search went", out.toString());
    }

    private static String text(SweepPlan plan, int setting) {
        return plan.ofSetting(setting).get(0).settingText();
    }
}
