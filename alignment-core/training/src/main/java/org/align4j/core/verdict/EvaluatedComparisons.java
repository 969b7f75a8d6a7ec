package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.verdict.EvaluatedRows.pick;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.eval.Proportion;
import org.align4j.core.eval.Thresholds;
import org.align4j.core.verdict.Judgement.Verdict;

/**
 * Held-out pairs as a reward model scores them.
 *
 * @param chosen {@code [B]} scores of the chosen answers
 * @param rejected {@code [B]} of the rejected ones
 * @param ties {@code [B]} whether the data call neither answer better; such rows are left out of the verdict
 */
@SuppressWarnings("ArrayRecordComponent")
public record EvaluatedComparisons(double[] chosen, double[] rejected, boolean[] ties) implements EvaluatedRows {
    private static final double CONFIDENCE = 0.95;

    public EvaluatedComparisons {
        EvaluatedRows.requireAlike(chosen.length, rejected.length, ties.length);
    }

    @Override
    public int size() {
        return chosen.length;
    }

    @Override
    public List<RowMeasure> measures(EvaluatedRows before) {
        int decided = (int) IntStream.range(0, size()).filter(i -> !ties[i]).count();
        double scale = (double) size() / Math.max(1, decided); // ties are left out of the mean
        double[] right = IntStream.range(0, size())
                .mapToDouble(i -> !ties[i] && chosen[i] > rejected[i] ? scale : 0)
                .toArray();
        return decided == 0
                ? List.of()
                : List.of(RowMeasure.share("accuracy", "pairs whose chosen answer scores higher", right));
    }

    @Override
    public EvaluatedComparisons select(int[] places) {
        return new EvaluatedComparisons(pick(chosen, places), pick(rejected, places), pick(ties, places));
    }

    @Override
    public Judgement against(EvaluatedRows before, int[] prompts) {
        int[] decided = IntStream.range(0, size()).filter(i -> !ties[i]).toArray();
        if (decided.length == 0) {
            return Judgement.of(
                    Verdict.UNCLEAR, "every held-out pair is a tie, in which no answer should score higher.");
        }
        EvaluatedComparisons after = select(decided);
        EvaluatedComparisons start = ((EvaluatedComparisons) before).select(decided);
        int[] numbers = Arrays.stream(decided).map(place -> prompts[place]).toArray();
        return after.compared(start, numbers);
    }

    private Judgement compared(EvaluatedComparisons start, int[] prompts) {
        String pairs = EvaluatedRows.heldOut(size(), "pair", "pairs");
        if (!EvaluatedRows.finite(chosen) || !EvaluatedRows.finite(rejected)) {
            return Judgement.of(Verdict.BROKEN, "the scores of " + pairs + " are no numbers any more.");
        }
        if (constant()) {
            return Judgement.of(Verdict.BROKEN, "all answers of " + pairs + " get the same score.");
        }
        Change right = Change.ofShares("accuracy", start.right(), right(), prompts);
        Proportion accuracy = Proportion.ofRate(right.after(), size());
        String moved = format(
                "the chosen answer scores higher in %.1f %% of %s, in %.1f %% before training (%s)",
                100 * right.after(), pairs, 100 * right.before(), right.points());
        return weighed(moved, right, accuracy).on(right);
    }

    private static Judgement weighed(String moved, Change right, Proportion accuracy) {
        if (accuracy.wilson(CONFIDENCE).high() < 0.5) {
            return Judgement.of(
                    Verdict.WORSE, moved + ", less often than by chance.", "Are chosen and rejected swapped?");
        }
        if (right.fell()) {
            return Judgement.of(Verdict.WORSE, moved + ".");
        }
        if (right.rose()) {
            return accuracy.wilson(CONFIDENCE).low() > 0.5
                    ? Judgement.of(Verdict.BETTER, moved + ".")
                    : Judgement.of(Verdict.UNCLEAR, moved + ": no clear difference from chance.");
        }
        return right.within(Thresholds.SHARE)
                ? Judgement.of(Verdict.UNCHANGED, moved + ".")
                : Judgement.of(Verdict.UNCLEAR, moved + "; more pairs or more steps may show it.");
    }

    private boolean constant() {
        double first = chosen[0];
        return Arrays.stream(chosen).allMatch(score -> score == first)
                && Arrays.stream(rejected).allMatch(score -> score == first);
    }

    /** 1 where the chosen answer scores higher; ½ where both score the same, as a new model's head says of all. */
    private double[] right() {
        double[] right = new double[size()];
        Arrays.setAll(right, i -> chosen[i] == rejected[i] ? 0.5 : chosen[i] > rejected[i] ? 1 : 0);
        return right;
    }
}
