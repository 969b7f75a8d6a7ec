package org.align4j.core.train;

import org.align4j.core.optimizer.OptimizerStep;
import org.align4j.core.run.StepMetrics;
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
            new Trial(objective, timetable, work).run();
        }
    }

    @Override
    public Learnt learn(StepPlan plan, double learningRate, StepMetrics last) {
        StepOutcome outcome = objective.budget().withinMemory(() -> objective.accumulate(plan));
        double norm = optimizer.gradientNorm();
        new Divergence(objective::inputRow).check(plan, outcome, norm, last, learningRate);
        optimizer.damage().ifPresent(damage -> {
            throw NotFiniteStep.ofState(damage, plan.step(), outcome, norm);
        });
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
