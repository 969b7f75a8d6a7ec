package org.align4j.reward.report;

import static org.align4j.core.page.HtmlText.html;
import static org.align4j.core.page.HtmlText.section;

import java.util.List;
import org.align4j.core.eval.Calibration;
import org.align4j.core.eval.Proportion;
import org.align4j.core.page.Drawing;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.Wording;
import org.align4j.reward.report.ScoreJudgement.JudgedPairs;
import org.align4j.reward.report.ScoreJudgement.JudgedPairs.JudgedPair;

/** The parts of the page that only a reward run has: how good its scores are, how sure they may be, and what they may rest on. */
record ScoreSections(ScoreJudgement judgement) {
    private static final int BINS = 10;
    private static final int[] LENGTH_STEPS = {-100, -25, 0, 25, 100};

    static String of(JudgedPairs scores) {
        if (scores.pairs().isEmpty()) {
            return section(
                    "Scores",
                    "<p class=\"empty\">No pair was held out, so how good the scores are isn't known. Give eval-data or"
                            + " eval-fraction.</p>");
        }
        ScoreSections sections = new ScoreSections(new ScoreJudgement(scores));
        return sections.ranking()
                + sections.margins()
                + calibration(sections.scoreMargins(), "pairs", "ranked correctly")
                + sections.lengths()
                + sections.mistakes();
    }

    private String ranking() {
        JudgedPairs scores = judgement.scores();
        HtmlTable table = table("Held-out pairs ranked correctly by", "pairs");
        add(table, "the reward model", judgement.accuracy(), true);
        add(
                table,
                "the length alone (" + (scores.longerIsBetter() ? "longer" : "shorter") + " is better)",
                judgement.length(),
                false);
        add(
                table,
                "a linear Bradley-Terry model on n-grams of tokens, from " + Wording.count(scores.baselinePairs())
                        + " training pairs",
                judgement.linear(),
                false);
        StringBuilder words =
                new StringBuilder("<p>" + html(judgement.verdict()) + " " + html(judgement.lengthVerdict()) + "</p>");
        int[] agreement = judgement.agreement();
        if (agreement[1] > 0) {
            Proportion share = new Proportion(agreement[0], agreement[1]);
            words.append("<p class=\"muted\">It prefers what the length prefers in ")
                    .append(Wording.percent(share.rate()))
                    .append(" of the ")
                    .append(Wording.count(agreement[1]))
                    .append(" pairs of unequal length (")
                    .append(interval(share))
                    .append(").</p>");
        }
        if (scores.ties() > 0) {
            words.append("<p class=\"muted\">")
                    .append(Wording.count(scores.ties(), "held-out tie is", "held-out ties are"))
                    .append(" left out.</p>");
        }
        return section("Ranking", table.html() + words);
    }

    /** Begins a table of shares with their intervals. */
    static HtmlTable table(String heading, String counted) {
        return new HtmlTable(heading).figures(counted, "right").remarks("95 % interval");
    }

    /** Adds a share to a table. */
    static void add(HtmlTable table, String what, Proportion right, boolean strong) {
        String rate = Wording.percent(right.rate());
        table.row(
                html(what),
                Wording.count(right.trials()),
                strong ? "<strong>" + rate + "</strong>" : rate,
                interval(right));
    }

    private static String interval(Proportion proportion) {
        return Wording.between(proportion.wilson(0.95));
    }

    private String margins() {
        double[] margins = scoreMargins();
        return section(
                "Margins",
                Drawing.histogram(margins)
                        + "<p class=\"muted\">Score of chosen less score of rejected, raw, one count per held-out pair; left of the"
                        + " line the model prefers the rejected response.</p>");
    }

    private double[] scoreMargins() {
        return judgement.pairs().stream().mapToDouble(JudgedPair::margin).toArray();
    }

    /**
     * Writes the section on how confident the model may be.
     *
     * @param margins above 0 where it is right
     * @param of what they are margins of
     * @param correctly what it is to be right
     */
    static String calibration(double[] margins, String of, String correctly) {
        Calibration calibration = Calibration.of(margins, BINS);
        String curve = Drawing.reliability(calibration.bins());
        String note = "Expected calibration error " + Wording.percent(calibration.expectedError()) + ", Brier score "
                + Wording.number(calibration.brier()) + ". The temperature that fits the held-out " + of + " is "
                + Wording.number(calibration.temperature()) + ": "
                + (calibration.temperature() > 1
                        ? "the model is too sure of itself; divide margins by it for honest probabilities."
                        : "the model is less sure than it might be; divide margins by it for honest probabilities.");
        return section(
                "Calibration",
                curve + "<p>" + html(note)
                        + "</p><p class=\"muted\">Points: " + of
                        + " of like confidence &#963;(|margin|), how often they are "
                        + correctly
                        + ", with 95 % intervals; on the diagonal the model is as often right as it is sure.</p>");
    }

    private String lengths() {
        HtmlTable table = table("Chosen is longer by (tokens)", "pairs");
        for (int step = 0; step <= LENGTH_STEPS.length; step++) {
            int from = step == 0 ? Integer.MIN_VALUE : LENGTH_STEPS[step - 1];
            int to = step == LENGTH_STEPS.length ? Integer.MAX_VALUE : LENGTH_STEPS[step];
            List<JudgedPair> some = judgement.pairs().stream()
                    .filter(pair -> pair.lengthDifference() >= from && pair.lengthDifference() < to)
                    .toList();
            if (!some.isEmpty()) {
                int right =
                        (int) some.stream().filter(pair -> pair.margin() > 0).count();
                add(table, range(from, to), new Proportion(right, some.size()), false);
            }
        }
        return section(
                "Accuracy by length",
                table.html()
                        + "<p class=\"muted\">A model that goes by length is right where the chosen response is on the side it"
                        + " likes and wrong on the other.</p>");
    }

    private static String range(int from, int to) {
        if (from == Integer.MIN_VALUE) {
            return "less than " + Wording.number(to).replaceAll("\\.0+$", "");
        }
        return to == Integer.MAX_VALUE ? from + " or more" : (from + " to " + (to - 1)).replace('-', '\u2212');
    }

    private String mistakes() {
        StringBuilder out = new StringBuilder();
        judgement.pairs().stream()
                .filter(pair -> pair.text() != null)
                .forEach(pair -> append(out, pair, java.util.Objects.requireNonNull(pair.text())));
        return out.isEmpty() ? "" : section("Where it errs most", out.toString());
    }

    private static void append(StringBuilder out, JudgedPair pair, JudgedPair.Text text) {
        out.append("<article class=\"sample\"><blockquote>")
                .append(text.asked().html())
                .append("</blockquote><div><div class=\"wanted\"><h3>Chosen in the data, score ")
                .append(Wording.number(pair.chosen()))
                .append("</h3><p>")
                .append(html(text.chosen().strip()))
                .append("</p></div><div class=\"before\"><h3>Rejected, score ")
                .append(Wording.number(pair.rejected()))
                .append("</h3><p>")
                .append(html(text.rejected().strip()))
                .append("</p></div></div></article>");
    }
}
