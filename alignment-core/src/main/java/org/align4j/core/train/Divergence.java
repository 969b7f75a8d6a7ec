package org.align4j.core.train;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.run.StepMetrics;

/** Finds that a step is not finite, and says what a person needs to know about it. */
final class Divergence {
    private static final int ROWS_SHOWN = 16;

    private final IntUnaryOperator inputRow;

    /** @param inputRow the number by which users know a training row, by its place among them */
    Divergence(IntUnaryOperator inputRow) {
        this.inputRow = inputRow;
    }

    /**
     * Lets a finite step pass.
     *
     * @param last the figures of the step before, empty for the first
     * @param learningRate the step's rate, for the advice
     * @throws NotFiniteStep if loss or gradient is not finite
     */
    void check(StepPlan plan, StepOutcome outcome, double gradientNorm, StepMetrics last, double learningRate) {
        boolean lossIsFinite = Double.isFinite(outcome.loss());
        if (lossIsFinite && Double.isFinite(gradientNorm)) {
            return;
        }
        String before = last.get("loss").isPresent() && last.get("grad_norm").isPresent()
                ? format(
                        " Last finite loss %s, gradient norm %s.",
                        brief(last.get("loss").getAsDouble()),
                        brief(last.get("grad_norm").getAsDouble()))
                : "";
        int[] guilty = guilty(plan, outcome);
        String sentence = format(
                "%s became %s at step %d (rows %s).%s The step was not applied. Maybe lower learning-rate (%s).",
                lossIsFinite ? "Gradient norm" : "Loss",
                lossIsFinite ? gradientNorm : outcome.loss(),
                plan.step(),
                rows(guilty.length > 0 ? guilty : plan.rows()),
                before,
                brief(learningRate));
        throw NotFiniteStep.ofRows(sentence, outcome, gradientNorm, guilty);
    }

    /** The rows whose own loss is not finite; none where none is to blame. */
    private static int[] guilty(StepPlan plan, StepOutcome outcome) {
        double[] losses = outcome.rowLosses();
        return IntStream.range(0, losses.length == plan.rows().length ? losses.length : 0)
                .filter(i -> !Double.isFinite(losses[i]))
                .map(i -> plan.rows()[i])
                .toArray();
    }

    private String rows(int[] named) {
        String words = Arrays.stream(named)
                .limit(ROWS_SHOWN)
                .mapToObj(row -> Integer.toString(inputRow.applyAsInt(row)))
                .collect(Collectors.joining(", "));
        return named.length > ROWS_SHOWN ? words + format(" and %d more", named.length - ROWS_SHOWN) : words;
    }

    private static String brief(double value) {
        return format("%.3g", value);
    }
}
