package org.align4j.core.train;

import java.util.Arrays;
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
}
