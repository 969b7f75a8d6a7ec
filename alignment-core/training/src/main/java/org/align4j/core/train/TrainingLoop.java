package org.align4j.core.train;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.align4j.core.error.NotFiniteException;
import org.align4j.core.error.RunException;
import org.align4j.core.eval.DataFacts;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.machine.NativeHeap;
import org.align4j.core.optimizer.OptimizerStep;
import org.align4j.core.run.LeftOut;
import org.align4j.core.run.Product;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunResult;
import org.align4j.core.run.RunResult.RunState;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.stop.StoppedException;
import org.align4j.core.train.Learner.GradientLearner;
import org.align4j.core.train.Learner.LimitReached;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.TrainedMethod.Evaluation;
import org.align4j.core.train.options.CheckpointOptions;
import org.align4j.core.train.options.TrainingPlan;
import org.jspecify.annotations.Nullable;

/**
 * Runs the optimizer steps of a run, from wherever its directory stands: plan the rows, compute the gradient of the whole batch,
 * refuse what isn't finite, move the weights, write the figures, evaluate and save where due. What a step computes follows from
 * seed, step and the state a checkpoint holds, so a run that was killed and resumed has the same figures and weights, bit for
 * bit, as one that was not; the clock decides only when to save.
 */
public final class TrainingLoop {
    private static final long SAVE_NANOS = 10L * 60 * 1_000_000_000;

    private final CheckpointOptions keeping;
    private final TrainedMethod method;
    private final Learner learner;
    private final Timetable timetable;
    private final LongSupplier nanoTime;
    private final Recovery recovery;
    private long savedAt;

    /**
     * @param plan how long it is, how the weights move, what is kept
     * @param learner takes the method's steps
     * @throws org.align4j.core.error.InputException if an option needs evaluation rows and there are none
     */
    public TrainingLoop(TrainingPlan plan, TrainedMethod method, Learner learner) {
        this(plan, method, learner, method.device()::nanoTime);
    }

    TrainingLoop(TrainingPlan plan, TrainedMethod method, Learner learner, LongSupplier nanoTime) {
        this.keeping = plan.keeping();
        keeping.requireEvaluation(method.evaluates());
        this.method = method;
        this.learner = learner;
        this.timetable = new Timetable(plan, method.rows(), method.evaluates());
        this.nanoTime = nanoTime;
        this.recovery = new Recovery(keeping.onNan(), method::inputRow, keep());
    }

    /**
     * Makes the loop of a method whose step is one gradient.
     *
     * @param optimizer the weights it trains
     * @param work what the steps of this plan and this objective come to
     * @param following wraps what takes the steps, by one who follows them
     * @throws org.align4j.core.error.InputException if an option needs evaluation rows and there are none
     */
    public static TrainingLoop of(
            TrainingPlan plan,
            Objective objective,
            OptimizerStep optimizer,
            Workload work,
            UnaryOperator<Learner> following) {
        Learner learner = new GradientLearner(objective, optimizer, plan.optimizer(), work);
        return new TrainingLoop(plan, objective, following.apply(learner));
    }

    /** How often the weights move in the whole run, at most. */
    public int updates() {
        return timetable.totalSteps() * learner.updatesPerStep();
    }

    /**
     * Trains to the end and leaves the products.
     *
     * @param run a new run, or one that was stopped, killed or finished earlier
     * @param facts what the early warnings judge the data by
     * @return how it ended
     * @throws StoppedException if a signal came; the last completed step is saved
     * @throws RunException if loss or gradient is not finite, or the disk fails; the last checkpoint is whole
     */
    public RunResult run(RunDirectory run, DataFacts facts, List<Product> products, TrainingLog log) {
        RunEnd end = new RunEnd(run, products, keep());
        return StopSignal.<RunResult, RuntimeException>keeping(() -> {
            try (RunRecord record = record(run, facts, log)) {
                return train(record, new RunControl(run, record::tell), end);
            } catch (LimitReached limit) {
                try (RunRecord record = record(run, facts, log)) {
                    return endBefore(limit, record, end, log);
                }
            }
        });
    }

    private RunRecord record(RunDirectory run, DataFacts facts, TrainingLog log) {
        return new RunRecord(
                run, timetable, new RunRecord.CheckpointParts(method.parts(), method.budget()), facts, log);
    }

    private RunResult train(RunRecord record, RunControl control, RunEnd end) {
        try {
            saveStart(record);
            String reason = steps(record, control);
            method.finish();
            return end.done(record, reason);
        } catch (StoppedException stop) {
            end.stopped(record, stop);
            throw stop;
        } catch (LimitReached limit) {
            end.beyond(record, limit);
            throw limit;
        } catch (RuntimeException | Error failed) {
            end.failed(record, failed);
            throw failed;
        }
    }

    /** Ends with the last checkpoint whose state was found within the limits. */
    private RunResult endBefore(LimitReached limit, RunRecord record, RunEnd end, TrainingLog log) {
        int step = record.state().step();
        String reason = format(
                "%s after step %d; the run ends with the state after step %d, which is within it.",
                limit.getMessage(), step + 1, step);
        log.note(reason);
        if (method.evaluates() && !record.state().evaluated()) {
            evaluate(record);
        }
        return end.within(record, reason);
    }

    private void saveStart(RunRecord record) {
        if ((learner.mayReachLimit() || recovery.needsStart()) && record.state().step() == 0) {
            StopSignal.defer(() -> record.save(keep()));
        }
    }

    /** Checkpoints that stay: where a limit may be reached, the state before the one that reached it too. */
    private int keep() {
        return learner.mayReachLimit()
                ? Math.max(2, keeping.kept().keep())
                : keeping.kept().keep();
    }

    /** Takes the steps; returns the reason for an end before the last one, or null. */
    private @Nullable String steps(RunRecord record, RunControl control) {
        savedAt = nanoTime.getAsLong();
        if (record.state().step() == 0) {
            learner.tryLargestForwards(timetable);
            NativeHeap.trim();
        }
        evaluateIfDue(record);
        while (record.state().step() < timetable.totalSteps()) {
            String reason = earlyStop(record.state());
            if (reason != null) {
                return reason;
            }
            StopSignal.throwIfStoppedAfter(record.state().step());
            if (control.asksForPause()) {
                pause(record, control);
            }
            step(record);
            evaluateIfDue(record);
            saveIfDue(record);
        }
        return null;
    }

    /**
     * A step under way.
     *
     * @param missing rows that it does without
     * @param rolledBack how often the run went back before it
     */
    private record StartedStep(StepPlan plan, double learningRate, long nanos, int missing, long rolledBack) {}

    /** Takes the step after the run's last one. */
    private void step(RunRecord record) {
        int step = record.state().step() + 1;
        LeftOut leftOut = record.state().leftOut();
        StepPlan whole = timetable.plan(step);
        StepPlan plan = whole.without(leftOut.placesAt(step));
        int missing = whole.rows().length - plan.rows().length;
        StartedStep begun = new StartedStep(
                plan, timetable.learningRate(step), nanoTime.getAsLong(), missing, leftOut.timesRolledBack(step));
        if (plan.rows().length == 0) {
            StopSignal.defer(() -> skipStep(begun, record));
            return;
        }
        try {
            Learner.StepResult learnt = learner.learn(plan, begun.learningRate(), record.last());
            StopSignal.defer(() -> apply(learnt, begun, record));
        } catch (NotFiniteStep found) {
            StopSignal.defer(() -> {
                recovery.handle(found, plan, skipped(begun, found.outcome(), found.gradientNorm(), record), record);
                if (record.state().step() == step) {
                    learner.skipStep(plan);
                }
            });
        }
    }

    private void apply(Learner.StepResult learnt, StartedStep begun, RunRecord record) {
        learnt.apply().run();
        StepOutcome outcome = learnt.outcome();
        StepMetrics figures = head(begun, outcome.loss(), learnt.gradientNorm()).with(outcome.metrics());
        record.step(outcome, tail(figures, begun, outcome, record).with(learnt.timings()));
    }

    /** A step whose rows have all been left out. */
    private void skipStep(StartedStep begun, RunRecord record) {
        StepOutcome nothing = new StepOutcome(Double.NaN, new double[0], StepMetrics.EMPTY, 0, 0);
        record.skip(
                nothing,
                skipped(begun, nothing, Double.NaN, record),
                record.state().leftOut());
        learner.skipStep(begun.plan());
    }

    private StepMetrics skipped(StartedStep begun, StepOutcome outcome, double norm, RunRecord record) {
        StepMetrics figures = head(begun, outcome.loss(), norm)
                .with(LoopFigures.SKIPPED_ROWS, begun.plan().rows().length);
        return tail(figures, begun, outcome, record);
    }

    private static StepMetrics head(StartedStep begun, double loss, double norm) {
        return StepMetrics.EMPTY
                .with("step", begun.plan().step())
                .with("epoch", begun.plan().epoch())
                .with("loss", loss)
                .with("grad_norm", norm)
                .with("learning_rate", begun.learningRate());
    }

    /** What differs from run to run comes last. */
    private StepMetrics tail(StepMetrics figures, StartedStep begun, StepOutcome outcome, RunRecord record) {
        double seconds = (nanoTime.getAsLong() - begun.nanos()) / 1e9;
        StepMetrics marked = begun.missing() == 0 ? figures : figures.with(LoopFigures.LEFT_OUT_ROWS, begun.missing());
        marked = begun.rolledBack() == 0
                ? marked
                : marked.with(LoopFigures.TIMES_ROLLED_BACK, (double) begun.rolledBack());
        return marked.with("num_tokens", (double) (record.state().tokens() + outcome.tokens()))
                .with("num_padding_tokens", (double) (record.state().paddingTokens() + outcome.paddingTokens()))
                .with("seconds", seconds)
                .with("tokens_per_second", outcome.tokens() / seconds)
                .with("peak_memory_bytes", peakBytes());
    }

    private double peakBytes() {
        OptionalLong peak = method.device().peakBytes();
        return peak.isPresent() ? (double) peak.getAsLong() : Double.NaN;
    }

    private void evaluateIfDue(RunRecord record) {
        if (!record.state().evaluated()
                && timetable.evaluatesAfter(record.state().step())) {
            evaluate(record);
        }
    }

    private void evaluate(RunRecord record) {
        int step = record.state().step();
        long begun = nanoTime.getAsLong();
        Evaluation found = method.budget().withinMemory(method::evaluate);
        StepMetrics figures = found.metrics().prefixed(Figure.EVALUATION);
        String watched = keeping.watched();
        RunState.Best before = record.state().best();
        RunState.Best best =
                watched == null ? before : new BestFigure(watched, record.figures()).after(figures, step, before);
        StepMetrics line = StepMetrics.EMPTY
                .with("step", step)
                .with("epoch", timetable.epochsAfter(step))
                .with(figures)
                .with("seconds", seconds(begun));
        StopSignal.defer(() -> record.evaluated(line, found.rows(), best));
        NativeHeap.trim();
    }

    private void saveIfDue(RunRecord record) {
        RunState state = record.state();
        RunState.Best best = state.best();
        boolean isBest = keeping.kept().keepBest() != null && best != null && best.step() == state.step();
        boolean byClock = timetable.savesByClock() && nanoTime.getAsLong() - savedAt >= SAVE_NANOS;
        if (learner.mayReachLimit() || timetable.savesAfter(state.step()) || isBest || byClock) {
            StopSignal.defer(() -> save(record));
            savedAt = nanoTime.getAsLong();
            NativeHeap.trim();
        }
    }

    /** Saves what is done, so that a kill loses nothing of it, and waits. */
    private void pause(RunRecord record, RunControl control) {
        if (record.state().step() > 0) {
            StopSignal.defer(() -> save(record));
            NativeHeap.trim();
        }
        record.paused(true);
        control.awaitContinue(record.state().step());
        record.paused(false);
        savedAt = nanoTime.getAsLong();
    }

    private void save(RunRecord record) {
        try {
            record.save(keep());
        } catch (NotFiniteException found) {
            recovery.handleWhileSaving(found, record);
        }
    }

    private @Nullable String earlyStop(RunState state) {
        Integer patience = keeping.evaluations().earlyStopPatience();
        RunState.Best best = state.best();
        if (patience == null || best == null || state.evaluationsSinceBest() < patience) {
            return null;
        }
        return format(
                "%s has not become better for %d evaluations; it was best (%s) after step %d.",
                best.metric(), state.evaluationsSinceBest(), best.value(), best.step());
    }

    private double seconds(long begun) {
        return (nanoTime.getAsLong() - begun) / 1e9;
    }
}
