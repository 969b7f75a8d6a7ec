package org.align4j.dpo;

import static org.align4j.core.page.HtmlText.html;
import static org.align4j.core.page.HtmlText.section;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.align4j.core.page.Details;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.TokenBars;
import org.align4j.core.page.Wording;
import org.align4j.dpo.loss.PairFormula;

/** The part of the page that works one pair out: a bar per token, the sums, the margin, and the loss with the numbers put in. */
record PairSection(WorkedPair pair) {
    static String of(WorkedPair pair) {
        PairSection section = new PairSection(pair);
        return section(
                "One pair, token by token",
                "<p>" + html(section.words()) + "</p><article class=\"sample\"><blockquote>"
                        + pair.asked().html() + "</blockquote><div class=\"pair\">"
                        + section.bars("Chosen answer", pair.chosen())
                        + section.bars("Rejected answer", pair.rejected()) + "</div></article>" + section.sums());
    }

    private boolean compares() {
        return pair.chosen().reference() != null;
    }

    private String words() {
        String which = "The first short pair of the " + (pair.heldOut() ? "held-out" : "training") + " rows (row "
                + Wording.count(pair.row())
                + ", counted from 0), whatever became of it, as the newest pass over it found it. ";
        return which
                + (compares()
                        ? "A bar is the log-ratio of a token in nats: to the right it is likelier than under the reference, to the left less"
                                + " likely. The two answers' sums are all that the loss sees."
                        : "A bar is the log-probability of a token in nats: the longer, the less likely. The two answers' sums are all that the"
                                + " loss sees; there is no reference.");
    }

    private String bars(String title, WorkedPair.Side side) {
        double[] policy = side.policy();
        double[] reference = side.reference();
        double reach = DoubleStream.concat(bars(pair.chosen()), bars(pair.rejected()))
                .map(Math::abs)
                .max()
                .orElse(1);
        TokenBars drawn = new TokenBars(
                reference == null ? "log p" : "log-ratio",
                reference == null ? List.of() : List.of("policy", "reference"),
                reach);
        double[] values = bars(side).toArray();
        for (int t = 0; t < policy.length; t++) {
            if (reference == null) {
                drawn.add(side.tokens().get(t), values[t]);
            } else {
                drawn.add(side.tokens().get(t), values[t], policy[t], reference[t]);
            }
        }
        if (reference == null) {
            drawn.sum(sum(policy));
        } else {
            drawn.sum(sum(values), sum(policy), sum(reference));
        }
        return "<div><h3>" + title + "</h3>" + drawn.html() + "</div>";
    }

    private static DoubleStream bars(WorkedPair.Side side) {
        double[] policy = side.policy();
        double[] reference = side.reference();
        return IntStream.range(0, policy.length)
                .mapToDouble(t -> reference == null ? policy[t] : policy[t] - reference[t]);
    }

    private static double sum(double[] values) {
        return Arrays.stream(values).sum();
    }

    private String sums() {
        WorkedPair.LossResult loss = pair.loss();
        double margin = pair.chosen().reward() - pair.rejected().reward();
        HtmlTable table = new HtmlTable("From the sums to the loss").figures("").words("with the numbers");
        if (compares()) {
            table.row(
                    "Log-ratio of the chosen answer, <i>a</i>",
                    number(letter(pair.chosen())),
                    difference(pair.chosen()));
            table.row(
                    "Log-ratio of the rejected answer, <i>b</i>",
                    number(letter(pair.rejected())),
                    difference(pair.rejected()));
        }
        table.row(
                "Margin: the chosen answer’s reward less the rejected one’s",
                number(margin),
                html(Wording.decimal(pair.chosen().reward()) + " − "
                        + bracketed(pair.rejected().reward())));
        Double value = loss.value();
        if (value != null) {
            String formula = loss.formula();
            table.row(
                    "Loss " + html(loss.name()) + (formula.isEmpty() ? "" : ": " + html(formula)),
                    "<strong>" + number(value) + "</strong>",
                    html(formula.isEmpty() ? "as the run computed it; see docs/losses.md" : withNumbers(formula)));
        }
        return table.html()
                + (value == null
                        ? "<p class=\"muted\">The loss " + html(loss.name())
                                + " is of a whole batch; a single pair has none.</p>"
                        : "");
    }

    private String withNumbers(String formula) {
        return PairFormula.with(
                formula,
                Map.of(
                        "β", Details.text(pair.loss().beta()),
                        "a", bracketed(letter(pair.chosen())),
                        "b", bracketed(letter(pair.rejected())),
                        "p⁺", bracketed(sum(pair.chosen().policy())),
                        "p⁻", bracketed(sum(pair.rejected().policy())),
                        "n⁺", String.valueOf(pair.chosen().policy().length),
                        "n⁻", String.valueOf(pair.rejected().policy().length)));
    }

    private static double letter(WorkedPair.Side side) {
        return bars(side).sum();
    }

    private static String difference(WorkedPair.Side side) {
        double[] reference = side.reference();
        return html(Wording.decimal(sum(side.policy())) + " − " + bracketed(reference == null ? 0 : sum(reference)));
    }

    private static String bracketed(double value) {
        String text = Wording.decimal(value);
        return text.startsWith("−") ? "(" + text + ")" : text;
    }

    private static String number(double value) {
        return Wording.decimal(value);
    }
}
