package org.align4j.core.train;

import java.util.Optional;
import java.util.function.Supplier;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.policy.round.Account;
import org.align4j.core.run.StepMetrics;

/**
 * Takes steps as another learner does and adds, where others take the forwards, what that took to each step's timings.
 *
 * @param account tells what it took so far; empty where nobody else takes forwards
 */
record AccountedLearner(Learner learner, Supplier<Optional<Account>> account) implements Learner {
    @Override
    public Learnt learn(StepPlan plan, double learningRate, StepMetrics last) {
        Optional<Account> before = account.get();
        Learnt learnt = learner.learn(plan, learningRate, last);
        if (before.isEmpty()) {
            return learnt;
        }
        Account step = account.get().orElseThrow().since(before.get());
        StepMetrics timings = learnt.timings()
                .with(LoopFigures.SECONDS_BROADCAST, step.broadcastSeconds())
                .with(LoopFigures.SECONDS_FORWARDS, step.forwardsSeconds())
                .with(LoopFigures.SECONDS_REDUCE, step.reduceSeconds())
                .with(LoopFigures.SECONDS_IDLE, step.idleSeconds());
        return new Learnt(learnt.outcome(), learnt.gradientNorm(), timings, learnt.apply());
    }

    @Override
    public void passOver(StepPlan plan) {
        learner.passOver(plan);
    }

    @Override
    public void tryOut(Timetable timetable) {
        learner.tryOut(timetable);
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
