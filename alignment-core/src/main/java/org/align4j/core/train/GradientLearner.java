package org.align4j.core.train;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.optimizer.OptimizerStep;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.train.options.UpdateOptions;
import org.jspecify.annotations.Nullable;

/** One gradient of the whole batch, refused where it isn't finite, and one optimizer step. */
final class GradientLearner implements Learner {
    private final Objective objective;
    private final OptimizerStep optimizer;
    private final UpdateOptions update;
    private final @Nullable Workload work;

    /** @param work what the steps come to, of which the largest are tried out; null: none are */
    GradientLearner(Objective objective, OptimizerStep optimizer, UpdateOptions update, @Nullable Workload work) {
        this.objective = objective;
        this.optimizer = optimizer;
        this.update = update;
        this.work = work;
    }

    @Override
    public void tryOut(Timetable timetable) {
        if (work != null) {
            tryLargest(timetable, work, objective.budget().tokens());
        }
    }

    /**
     * Computes the largest forwards with their backward as if they were one step, and forgets them: what has no room, side by side too,
     * fails in the first minute. With fewer tokens where memory is refused; none where the objective doesn't tell its forwards.
     */
    private void tryLargest(Timetable timetable, Workload planned, int plannedTokens) {
        objective.budget().withinMemory(() -> {
            StopSignal.throwIfStopped();
            boolean known = objective.budget().tokens() == plannedTokens;
            int[] rows = (known ? planned : Workload.of(timetable, objective::forwards))
                    .largest().stream()
                            .flatMapToInt(forward -> Arrays.stream(forward.rows()))
                            .distinct()
                            .toArray();
            if (rows.length > 0) {
                objective.accumulate(new StepPlan(0, 0, 0, rows));
            }
            return true;
        });
    }

    @Override
    public Learnt learn(StepPlan plan, double learningRate, StepMetrics last) {
        StepOutcome outcome = objective.budget().withinMemory(() -> objective.accumulate(plan));
        double norm = optimizer.gradientNorm();
        // First: no row is to blame for what weights that are not finite make of it.
        optimizer.damage().ifPresent(damage -> {
            throw NotFiniteStep.ofState(damage, plan.step(), outcome, norm);
        });
        new Divergence(objective::inputRow).check(plan, outcome, norm, last, learningRate);
        return new Learnt(outcome, norm, StepMetrics.EMPTY, () -> {
            optimizer.apply(learningRate, update.gradientScale(norm));
            objective.commit(plan);
        });
    }

    @Override
    public void passOver(StepPlan plan) {
        objective.passOver(plan);
    }

    /** Finds that a step is not finite, and says what a person needs to know about it. */
    private static final class Divergence {
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
            String before =
                    last.get("loss").isPresent() && last.get("grad_norm").isPresent()
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
}
