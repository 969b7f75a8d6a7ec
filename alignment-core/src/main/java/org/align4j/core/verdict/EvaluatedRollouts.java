package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;

import java.util.Objects;
import org.align4j.core.eval.Thresholds;
import org.align4j.core.verdict.Judgement.Verdict;

/**
 * What a policy answered to held-out prompts, as its reward scores it.
 *
 * @param scores {@code [B]} one answer to each prompt
 */
@SuppressWarnings("ArrayRecordComponent")
public record EvaluatedRollouts(double[] scores) implements EvaluatedRows {
    public EvaluatedRollouts {
        Objects.requireNonNull(scores, "scores");
    }

    @Override
    public int size() {
        return scores.length;
    }

    @Override
    public EvaluatedRollouts select(int[] places) {
        return new EvaluatedRollouts(EvaluatedRows.pick(scores, places));
    }

    @Override
    public Judgement against(EvaluatedRows before, int[] prompts) {
        EvaluatedRollouts start = (EvaluatedRollouts) before;
        String answers = "answers to " + EvaluatedRows.heldOut(size(), "prompt", "prompts");
        if (!EvaluatedRows.finite(scores)) {
            return Judgement.of(Verdict.BROKEN, "the scores of " + answers + " are no numbers any more.");
        }
        Change score = Change.of("score", start.scores, scores, prompts);
        String moved = format(
                "the mean score of %s %s from %.4g to %.4g (%s)",
                answers, score.by() < 0 ? "fell" : "rose", score.before(), score.after(), score.plain());
        double bar = Thresholds.DEVIATIONS * Thresholds.deviation(start.scores);
        return compared(answers, moved, score, bar).on(score);
    }

    private static Judgement compared(String answers, String moved, Change score, double bar) {
        String opinion = "It is the reward's opinion; read some answers before you believe it.";
        if (score.by() == 0) {
            return Judgement.of(
                    Verdict.UNCHANGED, format("the mean score of %s stayed at %.4g.", answers, score.after()));
        }
        if (score.within(bar)) {
            return Judgement.of(Verdict.UNCHANGED, moved + ", less than a tenth of the scores' deviation.");
        }
        if (score.rose()) {
            return Judgement.of(Verdict.BETTER, moved + ".", opinion);
        }
        return score.fell()
                ? Judgement.of(Verdict.WORSE, moved + ".", opinion)
                : Judgement.of(Verdict.UNCLEAR, moved + "; more prompts or more steps may tell.");
    }
}
