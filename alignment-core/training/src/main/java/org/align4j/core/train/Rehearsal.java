package org.align4j.core.train;

import java.util.Optional;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.optimizer.OptimizerStep;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.train.Learner.GradientLearner;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.options.TrainingPlan;

/** Steps as {@link TrainingLoop} takes them, without a run: weights move, nothing is written. */
public final class Rehearsal {
    private final DeviceGauge clock;
    private final Timetable timetable;
    private final Clocked optimizer;
    private final GradientLearner learner;
    private StepMetrics last = StepMetrics.EMPTY;

    /**
     * @param plan how long it is, how the weights move, what is kept
     * @param objective the method
     * @param optimizer the weights it trains
     */
    public Rehearsal(TrainingPlan plan, Objective objective, OptimizerStep optimizer) {
        this.clock = objective.device();
        this.timetable = new Timetable(plan, objective.rows(), false);
        this.optimizer = new Clocked(optimizer, clock);
        this.learner = new GradientLearner(objective, this.optimizer, plan.optimizer(), null);
    }

    /**
     * A step that was taken.
     *
     * @param plan its rows
     * @param outcome its figures
     * @param seconds of all of it
     * @param optimizerSeconds of the norm and the update
     */
    public record Step(StepPlan plan, StepOutcome outcome, double seconds, double optimizerSeconds) {}

    /** Takes a step, counted from 1; each once, in order. */
    public Step take(int step) {
        StopSignal.throwIfStopped();
        long begun = clock.nanoTime();
        optimizer.nanos = 0;
        StepPlan plan = timetable.plan(step);
        double rate = timetable.learningRate(step);
        Learner.StepResult learnt = learner.learn(plan, rate, last);
        learnt.apply().run();
        last = StepMetrics.EMPTY.with("loss", learnt.outcome().loss()).with("grad_norm", learnt.gradientNorm());
        return new Step(plan, learnt.outcome(), (clock.nanoTime() - begun) / 1e9, optimizer.nanos / 1e9);
    }

    /** An optimizer with a watch. */
    private static final class Clocked implements OptimizerStep {
        private final OptimizerStep optimizer;
        private final DeviceGauge clock;
        private long nanos;

        Clocked(OptimizerStep optimizer, DeviceGauge clock) {
            this.optimizer = optimizer;
            this.clock = clock;
        }

        @Override
        public double gradientNorm() {
            long begun = clock.nanoTime();
            double norm = optimizer.gradientNorm();
            nanos += clock.nanoTime() - begun;
            return norm;
        }

        @Override
        public Optional<String> damage() {
            long begun = clock.nanoTime();
            Optional<String> damage = optimizer.damage();
            nanos += clock.nanoTime() - begun;
            return damage;
        }

        @Override
        public void apply(double learningRate, double gradientScale) {
            long begun = clock.nanoTime();
            optimizer.apply(learningRate, gradientScale);
            nanos += clock.nanoTime() - begun;
        }
    }
}
