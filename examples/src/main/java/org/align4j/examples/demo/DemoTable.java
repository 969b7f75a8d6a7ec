package org.align4j.examples.demo;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.align4j.core.report.Sample;

/** The demo's result as a person reads it. */
final class DemoTable {
    private final DemoResult result;

    DemoTable(DemoResult result) {
        this.result = result;
    }

    /** The table of figures. */
    List<String> figures() {
        HeldOutScores before = result.before();
        HeldOutScores after = result.after();
        DemoAnswers answers = result.answers();
        List<String> lines = new ArrayList<>();
        lines.add(row(before.pairs() + " pairs with unseen prompts", "before", "after"));
        lines.add(row("courteous answer likelier", share(before.chosenLikelier()), share(after.chosenLikelier())));
        lines.add(row("  95 % interval", interval(before.chosenLikelier()), interval(after.chosenLikelier())));
        lines.add(row("preferred more than before (accuracy)", "-", share(result.accuracy())));
        lines.add(row("  95 % interval", "-", interval(result.accuracy())));
        lines.add(row("mean margin", number(0), number(result.margin())));
        lines.add(row("mean log-probability, courteous", number(before.meanChosen()), number(after.meanChosen())));
        lines.add(row("mean log-probability, curt", number(before.meanRejected()), number(after.meanRejected())));
        lines.add(
                row("perplexity of general text", number(result.perplexityBefore()), number(result.perplexityAfter())));
        lines.add(row(
                "courteous among " + answers.samples().size() + " answers",
                share(answers.courteousBefore()),
                share(answers.courteousAfter())));
        return lines;
    }

    /** Two prompts with both answers. */
    List<String> answers() {
        List<String> lines = new ArrayList<>();
        for (Sample sample : result.answers().shown(result.before())) {
            lines.add("  asked   " + sample.prompt());
            lines.add("  before  " + oneLine(sample.before()));
            lines.add("  after   " + oneLine(DemoAnswers.after(sample)));
            lines.add("");
        }
        return lines;
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }

    private static String row(String name, String before, String after) {
        return format("  %-38s %20s %20s", name, before, after);
    }

    private static String share(Proportion proportion) {
        return format("%d/%d  %5.1f %%", proportion.successes(), proportion.trials(), 100 * proportion.rate());
    }

    private static String interval(Proportion proportion) {
        Interval interval = DemoResult.interval(proportion);
        return format("%.1f to %.1f %%", 100 * interval.low(), 100 * interval.high());
    }

    private static String number(double value) {
        return format("%.2f", value);
    }
}
