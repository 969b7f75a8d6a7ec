package org.align4j.core.train;

import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.run.LeftOut;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.stop.StopSignal;

/**
 * Takes the next step of a run: plans the rows, computes the gradient of the whole batch, refuses what isn't finite, moves the
 * weights, writes the figures.
 */
final class StepTaker {
    private final TrainedMethod method;
    private final Learner learner;
    private final Timetable timetable;
    private final Mending mending;
    private final LongSupplier nanoTime;

    StepTaker(TrainedMethod method, Learner learner, Timetable timetable, Mending mending, LongSupplier nanoTime) {
        this.method = method;
        this.learner = learner;
        this.timetable = timetable;
        this.mending = mending;
        this.nanoTime = nanoTime;
    }

    /**
     * A step under way.
     *
     * @param missing rows that it does without
     * @param rolledBack how often the run went back before it
     */
    private record Begun(StepPlan plan, double learningRate, long nanos, int missing, long rolledBack) {}

    /** Takes the step after the run's last one. */
    void take(RunRecord record) {
        int step = record.state().step() + 1;
        LeftOut leftOut = record.state().leftOut();
        StepPlan whole = timetable.plan(step);
        StepPlan plan = whole.without(leftOut.placesAt(step));
        int missing = whole.rows().length - plan.rows().length;
        Begun begun = new Begun(
                plan, timetable.learningRate(step), nanoTime.getAsLong(), missing, leftOut.timesRolledBack(step));
        if (plan.rows().length == 0) {
            StopSignal.defer(() -> passOver(begun, record));
            return;
        }
        try {
            Learner.Learnt learnt = learner.learn(plan, begun.learningRate(), record.last());
            StopSignal.defer(() -> apply(learnt, begun, record));
        } catch (NotFiniteStep found) {
            StopSignal.defer(() -> {
                mending.meet(found, plan, skipped(begun, found.outcome(), found.gradientNorm(), record), record);
                if (record.state().step() == step) {
                    learner.passOver(plan);
                }
            });
        }
    }

    private void apply(Learner.Learnt learnt, Begun begun, RunRecord record) {
        learnt.apply().run();
        StepOutcome outcome = learnt.outcome();
        StepMetrics figures = head(begun, outcome.loss(), learnt.gradientNorm()).with(outcome.metrics());
        record.step(outcome, tail(figures, begun, outcome, record).with(learnt.timings()));
    }

    /** A step whose rows have all been left out. */
    private void passOver(Begun begun, RunRecord record) {
        StepOutcome nothing = new StepOutcome(Double.NaN, new double[0], StepMetrics.EMPTY, 0, 0);
        record.skip(
                nothing,
                skipped(begun, nothing, Double.NaN, record),
                record.state().leftOut());
        learner.passOver(begun.plan());
    }

    private StepMetrics skipped(Begun begun, StepOutcome outcome, double norm, RunRecord record) {
        StepMetrics figures = head(begun, outcome.loss(), norm)
                .with(LoopFigures.SKIPPED_ROWS, begun.plan().rows().length);
        return tail(figures, begun, outcome, record);
    }

    private static StepMetrics head(Begun begun, double loss, double norm) {
        return StepMetrics.EMPTY
                .with("step", begun.plan().step())
                .with("epoch", begun.plan().epoch())
                .with("loss", loss)
                .with("grad_norm", norm)
                .with("learning_rate", begun.learningRate());
    }

    /** What differs from run to run comes last. */
    private StepMetrics tail(StepMetrics figures, Begun begun, StepOutcome outcome, RunRecord record) {
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
}
