package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.verdict.EvaluatedRows.pick;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.align4j.core.eval.Thresholds;
import org.align4j.core.verdict.Judgement.Verdict;

/**
 * Held-out answers whose steps a process reward model judges.
 *
 * @param agreeing {@code [B]} steps of each answer that are judged as the data say
 * @param right {@code [B]} steps that the data call right
 * @param steps {@code [B]} all of its steps
 */
@SuppressWarnings("ArrayRecordComponent")
public record EvaluatedSteps(int[] agreeing, int[] right, int[] steps) implements EvaluatedRows {
    public EvaluatedSteps {
        EvaluatedRows.requireAlike(agreeing.length, right.length, steps.length);
    }

    @Override
    public int size() {
        return steps.length;
    }

    @Override
    public EvaluatedSteps select(int[] places) {
        return new EvaluatedSteps(pick(agreeing, places), pick(right, places), pick(steps, places));
    }

    @Override
    public Judgement against(EvaluatedRows before, int[] prompts) {
        EvaluatedSteps start = (EvaluatedSteps) before;
        int all = Arrays.stream(steps).sum();
        boolean mostlyRight = 2 * Arrays.stream(right).sum() >= all;
        double[] now = shares(i -> agreeing[i]);
        Change accuracy = Change.ofShares("step_accuracy", start.shares(i -> start.agreeing[i]), now, prompts);
        Change overUsual = Change.ofShares(
                "step_accuracy_over_constant", shares(i -> mostlyRight ? right[i] : steps[i] - right[i]), now, prompts);
        String moved = format(
                "%.1f %% of %s are judged rightly, %.1f %% before training (%s)",
                100 * accuracy.after(),
                EvaluatedRows.heldOut(all, "step", "steps"),
                100 * accuracy.before(),
                accuracy.points());
        String usual = format(
                "Calling every step %s would be right in %.1f %% (%s).",
                mostlyRight ? "right" : "wrong", 100 * overUsual.before(), overUsual.points());
        return compared(moved, usual, accuracy, overUsual).on(accuracy, overUsual);
    }

    private static Judgement compared(String moved, String usual, Change accuracy, Change overUsual) {
        if (accuracy.fell()) {
            return Judgement.of(Verdict.WORSE, moved + ".", usual);
        }
        if (accuracy.rose() && overUsual.rose()) {
            return Judgement.of(Verdict.BETTER, moved + ".", usual);
        }
        return !accuracy.rose() && accuracy.within(Thresholds.SHARE)
                ? Judgement.of(Verdict.UNCHANGED, moved + ".", usual)
                : Judgement.of(Verdict.UNCLEAR, moved + ", no clear gain on calling all alike.", usual);
    }

    /** Weighted so that their mean is the share of all steps. */
    private double[] shares(IntToDoubleFunction count) {
        double scale = (double) size() / Arrays.stream(steps).sum();
        double[] shares = new double[size()];
        Arrays.setAll(shares, i -> scale * count.applyAsDouble(i));
        return shares;
    }
}
