package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.verdict.EvaluatedRows.pick;

import java.util.Arrays;
import org.align4j.core.eval.Thresholds;

/**
 * Held-out pairs under a language model.
 *
 * @param chosen {@code [B]} summed log-probabilities of the chosen answers, nats
 * @param rejected {@code [B]} of the rejected ones
 * @param chosenTokens {@code [B]} tokens of the chosen answers
 */
@SuppressWarnings("ArrayRecordComponent")
public record EvaluatedPairs(double[] chosen, double[] rejected, int[] chosenTokens) implements EvaluatedRows {
    public EvaluatedPairs {
        EvaluatedRows.requireAlike(chosen.length, rejected.length, chosenTokens.length);
    }

    @Override
    public int size() {
        return chosen.length;
    }

    @Override
    public EvaluatedPairs select(int[] places) {
        return new EvaluatedPairs(pick(chosen, places), pick(rejected, places), pick(chosenTokens, places));
    }

    @Override
    public Judgement against(EvaluatedRows before, int[] prompts) {
        EvaluatedPairs start = (EvaluatedPairs) before;
        String pairs = EvaluatedRows.heldOut(size(), "pair", "pairs");
        if (!EvaluatedRows.finite(chosen) || !EvaluatedRows.finite(rejected)) {
            return Judgement.of(Verdict.BROKEN, "the log-probabilities of " + pairs + " are no numbers any more.");
        }
        double fall = (Arrays.stream(start.chosen).sum() - Arrays.stream(chosen).sum())
                / Arrays.stream(chosenTokens).sum();
        if (fall > Thresholds.BROKEN_NATS) {
            return Judgement.of(
                    Verdict.BROKEN,
                    format(
                            "a token of the chosen answers of %s is %.3g times less likely than before training (the mean"
                                    + " log-probability fell by %.2f nats a token).",
                            pairs, Math.exp(fall), fall));
        }
        Change share = Change.of(start.likelier(), likelier(), prompts);
        Change margin = Change.of(start.margins(), margins(), prompts);
        return compared(pairs, share, margin);
    }

    private static Judgement compared(String pairs, Change share, Change margin) {
        boolean up = share.rose() || (margin.rose() && margin.by() > Thresholds.MARGIN_NATS);
        boolean down = share.fell() || (margin.fell() && margin.by() < -Thresholds.MARGIN_NATS);
        String shares = format(
                "the chosen answer is likelier in %.1f %% of %s, in %.1f %% before training (%s)",
                100 * share.after(), pairs, 100 * share.before(), share.points());
        String margins = format("The margin between their log-probabilities moved by %s.", margin.nats());
        if (up && down) {
            return Judgement.of(Verdict.UNCLEAR, shares + ", but the margin moved the other way.", margins);
        }
        if (up) {
            return Judgement.of(Verdict.BETTER, shares + ".", margins);
        }
        if (down) {
            return Judgement.of(Verdict.WORSE, shares + ".", margins, "Are chosen and rejected swapped?");
        }
        return margin.within(Thresholds.MARGIN_NATS)
                ? Judgement.of(
                        Verdict.UNCHANGED,
                        shares + "; no more than chance explains.",
                        margins,
                        "That is less than a person would notice in the answers.")
                : Judgement.of(Verdict.UNCLEAR, shares + "; more pairs or more steps may tell.", margins);
    }

    /** A tie counts as wrong. */
    private double[] likelier() {
        return Arrays.stream(margins()).map(margin -> margin > 0 ? 1 : 0).toArray();
    }

    private double[] margins() {
        double[] margins = new double[size()];
        Arrays.setAll(margins, i -> chosen[i] - rejected[i]);
        return margins;
    }
}
