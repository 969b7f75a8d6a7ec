package org.align4j.core.session.cluster;

import java.util.function.Supplier;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.report.ClusterAccount;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.Learner;
import org.align4j.core.train.Timetable;
import org.align4j.core.train.Timetable.StepPlan;

/**
 * Takes steps as another learner does and adds to each step's timings what it took to have a cluster take the forwards.
 *
 * @param account says what it took so far
 */
public record AccountedLearner(Learner learner, Supplier<ClusterAccount> account) implements Learner {
    @Override
    public StepResult learn(StepPlan plan, double learningRate, StepMetrics last) {
        ClusterAccount before = account.get();
        StepResult learnt = learner.learn(plan, learningRate, last);
        ClusterAccount step = account.get().since(before);
        StepMetrics timings = learnt.timings()
                .with(LoopFigures.SECONDS_BROADCAST, step.broadcastSeconds())
                .with(LoopFigures.SECONDS_FORWARDS, step.forwardsSeconds())
                .with(LoopFigures.SECONDS_REDUCE, step.reduceSeconds())
                .with(LoopFigures.SECONDS_IDLE, step.idleSeconds());
        return new StepResult(learnt.outcome(), learnt.gradientNorm(), timings, learnt.apply());
    }

    @Override
    public void skipStep(StepPlan plan) {
        learner.skipStep(plan);
    }

    @Override
    public void tryLargestForwards(Timetable timetable) {
        learner.tryLargestForwards(timetable);
    }

    @Override
    public boolean mayReachLimit() {
        return learner.mayReachLimit();
    }

    @Override
    public int updatesPerStep() {
        return learner.updatesPerStep();
    }
}
