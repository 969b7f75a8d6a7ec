package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.verdict.EvaluatedRows.pick;

import java.util.Arrays;
import org.align4j.core.eval.Thresholds;
import org.align4j.core.verdict.Judgement.Verdict;

/**
 * Held-out texts under a language model.
 *
 * @param logProbs {@code [B]} summed log-probabilities of the trained tokens, nats
 * @param tokens {@code [B]} how many tokens these are
 */
@SuppressWarnings("ArrayRecordComponent")
public record EvaluatedTexts(double[] logProbs, int[] tokens) implements EvaluatedRows {
    public EvaluatedTexts {
        EvaluatedRows.requireAlike(logProbs.length, tokens.length);
    }

    @Override
    public int size() {
        return logProbs.length;
    }

    @Override
    public EvaluatedTexts select(int[] places) {
        return new EvaluatedTexts(pick(logProbs, places), pick(tokens, places));
    }

    @Override
    public Judgement against(EvaluatedRows before, int[] prompts) {
        EvaluatedTexts start = (EvaluatedTexts) before;
        String rows = EvaluatedRows.heldOut(size(), "row", "rows");
        if (!EvaluatedRows.finite(logProbs)) {
            return Judgement.of(Verdict.BROKEN, "the log-probabilities of " + rows + " are no numbers any more.");
        }
        Change loss = Change.of("loss", start.losses(), losses(), prompts);
        String way = loss.by() > 0 ? "rose" : "fell";
        String moved = format(
                "the loss on %s %s from %.3f to %.3f nats a token (%s), perplexity from %.4g to %.4g",
                rows, way, loss.before(), loss.after(), loss.plain(), Math.exp(loss.before()), Math.exp(loss.after()));
        return compared(loss, moved).on(loss);
    }

    private static Judgement compared(Change loss, String moved) {
        if (loss.by() > Thresholds.BROKEN_NATS) {
            return Judgement.of(Verdict.BROKEN, moved + ".");
        }
        if (loss.fell() && loss.by() < -Thresholds.LOSS_NATS) {
            return Judgement.of(Verdict.BETTER, moved + ".");
        }
        if (loss.rose() && loss.by() > Thresholds.LOSS_NATS) {
            return Judgement.of(Verdict.WORSE, moved + ".");
        }
        return loss.within(Thresholds.LOSS_NATS)
                ? Judgement.of(Verdict.UNCHANGED, moved + "; that is less than 1 % of the perplexity.")
                : Judgement.of(Verdict.UNCLEAR, moved + "; more rows or more steps may tell.");
    }

    /** Weighted so that their mean is the loss of a token. */
    private double[] losses() {
        double scale = -(double) size() / Arrays.stream(tokens).sum();
        return Arrays.stream(logProbs).map(logProb -> scale * logProb).toArray();
    }
}
