package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.verdict.EvaluatedRows.pick;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.align4j.core.eval.Thresholds;

/**
 * Held-out answers that are desirable or not, under a language model.
 *
 * @param logProbs {@code [B]} summed log-probabilities, nats
 * @param tokens {@code [B]}
 * @param desirable {@code [B]}
 */
@SuppressWarnings("ArrayRecordComponent")
public record EvaluatedAnswers(double[] logProbs, int[] tokens, boolean[] desirable) implements EvaluatedRows {
    public EvaluatedAnswers {
        EvaluatedRows.requireAlike(logProbs.length, tokens.length, desirable.length);
    }

    @Override
    public int size() {
        return logProbs.length;
    }

    @Override
    public EvaluatedAnswers select(int[] places) {
        return new EvaluatedAnswers(pick(logProbs, places), pick(tokens, places), pick(desirable, places));
    }

    @Override
    public Judgement against(EvaluatedRows before, int[] prompts) {
        EvaluatedAnswers start = (EvaluatedAnswers) before;
        String answers = EvaluatedRows.heldOut(size(), "answer", "answers");
        if (!EvaluatedRows.finite(logProbs)) {
            return Judgement.of(Verdict.BROKEN, "the log-probabilities of " + answers + " are no numbers any more.");
        }
        double[] moved = new double[size()];
        Arrays.setAll(moved, i -> logProbs[i] - start.logProbs[i]);
        int wanted = (int) places(true).count();
        double fall = -places(true).mapToDouble(i -> moved[i]).sum()
                / Math.max(1, places(true).map(i -> tokens[i]).sum());
        if (fall > Thresholds.BROKEN_NATS) {
            return Judgement.of(
                    Verdict.BROKEN,
                    format(
                            "a token of the desirable ones of %s is %.3g times less likely than before training (the mean"
                                    + " log-probability fell by %.2f nats a token).",
                            answers, Math.exp(fall), fall));
        }
        if (wanted == 0 || wanted == size()) {
            return Judgement.of(
                    Verdict.UNCLEAR,
                    "all of " + answers + " have one label, so that whether the model tells them apart isn't known.");
        }
        return compared(answers, Change.of(new double[size()], signed(moved, wanted), prompts));
    }

    /** Weighted so that their mean is that of the desirable ones less that of the others. */
    private double[] signed(double[] moved, int wanted) {
        int others = size() - wanted;
        double gained = places(true).mapToDouble(i -> moved[i]).sum() / wanted;
        double common = (gained + places(false).mapToDouble(i -> moved[i]).sum() / others) / 2;
        // Their mean is that of the desirable ones less that of the others; what all moved by is taken off, so that it
        // widens nothing.
        double[] signed = new double[size()];
        Arrays.setAll(
                signed,
                i -> (moved[i] - common) * (desirable[i] ? (double) size() / wanted : -(double) size() / others));
        return signed;
    }

    private static Judgement compared(String answers, Change margin) {
        String moved = format(
                "the log-probability of desirable answers moved against that of undesirable ones by %s (%s)",
                margin.nats(), answers);
        if (margin.rose() && margin.by() > Thresholds.MARGIN_NATS) {
            return Judgement.of(Verdict.BETTER, moved + ".");
        }
        if (margin.fell() && margin.by() < -Thresholds.MARGIN_NATS) {
            return Judgement.of(Verdict.WORSE, moved + ".", "Are the labels swapped?");
        }
        return margin.within(Thresholds.MARGIN_NATS)
                ? Judgement.of(
                        Verdict.UNCHANGED, moved + ".", "That is less than a person would notice in the answers.")
                : Judgement.of(Verdict.UNCLEAR, moved + "; more rows or more steps may tell.");
    }

    private IntStream places(boolean label) {
        return IntStream.range(0, size()).filter(i -> desirable[i] == label);
    }
}
