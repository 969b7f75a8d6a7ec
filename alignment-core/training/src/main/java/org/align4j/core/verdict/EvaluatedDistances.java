package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.verdict.EvaluatedRows.pick;

import java.util.List;
import org.align4j.core.verdict.Judgement.Verdict;

/**
 * How far a model is from its teacher in its own answers to held-out prompts, one answer each.
 *
 * @param divergences {@code [B]} the mean over an answer's tokens, nats
 * @param agreements {@code [B]} share of an answer's tokens at which both models have the same likeliest token
 */
@SuppressWarnings("ArrayRecordComponent")
public record EvaluatedDistances(double[] divergences, double[] agreements) implements EvaluatedRows {
    /** The share of the divergence by which it must move to count. */
    private static final double BAR = 0.01;

    public EvaluatedDistances {
        EvaluatedRows.requireAlike(divergences.length, agreements.length);
    }

    @Override
    public int size() {
        return divergences.length;
    }

    @Override
    public EvaluatedDistances select(int[] places) {
        return new EvaluatedDistances(pick(divergences, places), pick(agreements, places));
    }

    @Override
    public List<RowMeasure> measures(EvaluatedRows before) {
        return List.of(
                new RowMeasure("divergence", "divergence from the teacher", "nats per token", false, divergences),
                RowMeasure.share("agreement", "likeliest tokens that are the teacher's", agreements));
    }

    @Override
    public Judgement against(EvaluatedRows before, int[] prompts) {
        EvaluatedDistances start = (EvaluatedDistances) before;
        String answers = "answers to " + EvaluatedRows.heldOut(size(), "prompt", "prompts");
        if (!EvaluatedRows.finite(divergences)) {
            return Judgement.of(
                    Verdict.BROKEN, "the divergences from the teacher in " + answers + " are no numbers any more.");
        }
        Change divergence = Change.of("divergence", start.divergences, divergences, prompts);
        Change agreement = Change.ofShares("agreement", start.agreements, agreements, prompts);
        String moved = format(
                "the divergence from the teacher in %s %s from %.4g to %.4g (%s)",
                answers,
                divergence.by() > 0 ? "rose" : "fell",
                divergence.before(),
                divergence.after(),
                divergence.in("nats per token"));
        String shared = format(
                "At %.1f %% of the tokens both models have the same likeliest token, %.1f %% before training (%s).",
                100 * agreement.after(), 100 * agreement.before(), agreement.points());
        return compared(moved, shared, divergence).on(divergence, agreement);
    }

    private static Judgement compared(String moved, String shared, Change divergence) {
        double bar = BAR * divergence.before();
        if (divergence.by() == 0 || divergence.within(bar)) {
            return Judgement.of(Verdict.UNCHANGED, moved + ", less than a hundredth of it.", shared);
        }
        if (divergence.fell()) {
            return Judgement.of(
                    Verdict.BETTER,
                    moved + ".",
                    shared,
                    "It is closer to its teacher; whether the teacher is right is another question.");
        }
        return divergence.rose()
                ? Judgement.of(Verdict.WORSE, moved + ".", shared)
                : Judgement.of(Verdict.UNCLEAR, moved + "; more prompts or more steps may show it.", shared);
    }
}
