package org.align4j.core.train;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.eval.DataFacts;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.files.Saved;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.TensorBoardWriter;
import org.align4j.core.run.Checkpoints;
import org.align4j.core.run.EpochAdapters;
import org.align4j.core.run.HeldNames.Attempts;
import org.align4j.core.run.LeftOut;
import org.align4j.core.run.MetricsFile;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.RunResult;
import org.align4j.core.run.RunResult.RunState;
import org.align4j.core.run.RunResult.Status;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.verdict.EvaluatedRows;
import org.align4j.core.verdict.Evidence.Evaluations;
import org.align4j.core.verdict.Judgement.Verdict;
import org.jspecify.annotations.Nullable;

/** Where a run stands, in memory and in its directory: state, metrics, checkpoints, warnings, result. */
final class RunRecord implements AutoCloseable {
    private final RunDirectory run;
    private final List<Saved> parts;
    private final Timetable timetable;
    private final int totalSteps;
    private final MethodFigures figures;
    private final TrainingLog log;
    private final TensorBoardWriter.Follower board;
    private MetricsFile metrics;
    private final RunWarnings warnings;
    private RunState state;
    private Evaluations evaluations = Evaluations.NONE;
    private @Nullable RunState saved;
    private int reopenedAt = -1;
    private final Set<Path> foreign = new HashSet<>();

    /**
     * What a method has a checkpoint hold.
     *
     * @param parts all that it must hold to go on exactly
     * @param budget tokens in one forward, which a checkpoint remembers too
     */
    record CheckpointParts(List<Saved> parts, TokenBudget budget) {}

    /**
     * Takes up the run where its newest whole checkpoint left it: the parts are loaded, the metrics cut back.
     *
     * @throws org.align4j.core.error.InputException if the run has done more steps than it is to have; nothing changed
     */
    RunRecord(RunDirectory run, Timetable timetable, CheckpointParts kept, DataFacts facts, TrainingLog followers) {
        this.run = run;
        this.parts = new ArrayList<>(kept.parts());
        parts.add(new SavedBudget(kept.budget()));
        this.timetable = timetable;
        this.totalSteps = timetable.totalSteps();
        this.figures = facts.method().figures();
        this.board = new TensorBoardWriter.Follower(run.path(), () -> metrics.count());
        this.log = followers.after(board);
        Checkpoints.Whole whole = skipFailing(run.checkpoints().newestWhole());
        state = whole == null ? RunState.START : whole.state();
        timetable.requireAtLeast(state.step());
        if (whole != null) {
            skipDamaged(whole);
            saved = state;
            try {
                load(whole.directory());
            } catch (RuntimeException failed) {
                countFailure(failed);
                throw failed;
            }
            if (timetable.keepsAdapterAfter(state.step())) {
                new EpochAdapters(run).keepMissing(whole.directory(), state.step());
            }
            evaluations = evaluationsSoFar();
        }
        reopenIfDone();
        metrics = MetricsFile.open(run.metricsFile(), state.metricsBytes());
        warnings = new RunWarnings(run, facts, kept.budget(), log::warned);
        run.continueFrom(state.step());
        run.record(state.leftOut());
        write(Status.RUNNING, null);
        log.hear(new RunEvent.Started(state.step(), totalSteps));
        warnings.judgeStart();
    }

    RunState state() {
        return state;
    }

    /** Returns what the figures of the method mean. */
    MethodFigures figures() {
        return figures;
    }

    /** The latest figure of every name. */
    StepMetrics last() {
        return metrics.last();
    }

    /** Records that a step was applied. */
    void step(StepOutcome outcome, StepMetrics line) {
        state = state.afterApplied(outcome.tokens(), outcome.paddingTokens());
        appendStep(line);
        if (warnings.hasUnreportedRefusal()) {
            warnings.judge(history());
        }
    }

    /** The evaluation after the last step is there. */
    void evaluated(StepMetrics line, @Nullable EvaluatedRows rows, RunState.@Nullable Best best) {
        if (rows != null) {
            evaluations = evaluations.after(state.step(), rows);
            run.writeJson(ReportFiles.EVALUATION, evaluations);
        }
        state = state.afterEvaluation(best);
        append(line, new RunEvent.Evaluated(state.step(), totalSteps, line));
        warnings.judge(history());
        write(Status.RUNNING, null);
    }

    /**
     * A step was not applied, and the run goes on after it.
     *
     * @param leftOut what is left out now
     */
    void skip(StepOutcome outcome, StepMetrics line, LeftOut leftOut) {
        state = state.afterStep(outcome.tokens(), outcome.paddingTokens());
        leaveOut(state.with(leftOut));
        appendStep(line);
    }

    /**
     * Goes back to the newest whole checkpoint. {@link #save} comes next.
     *
     * @param leftOut what is left out from now on
     */
    void rollBack(LeftOut leftOut) {
        Checkpoints.Whole whole = run.checkpoints().newestWhole();
        if (whole == null) {
            throw new IllegalStateException("There is no checkpoint to go back to.");
        }
        skipDamaged(whole);
        load(whole.directory());
        metrics.close();
        metrics = MetricsFile.open(run.metricsFile(), whole.state().metricsBytes());
        RunState back = whole.state();
        leaveOut((back.step() <= reopenedAt ? back.reopened() : back).with(leftOut));
        log.hear(new RunEvent.Started(state.step(), totalSteps));
    }

    private void leaveOut(RunState next) {
        state = next;
        run.record(state.leftOut());
    }

    /** Reports to the people who follow the run. */
    void tell(String sentence) {
        log.note(sentence);
    }

    /** Reports that the run waits because it was asked to, or goes on. */
    void paused(boolean waits) {
        log.hear(new RunEvent.Progress(RunEvent.Progress.PAUSED, waits ? 0L : 1L, 1L));
    }

    private void appendStep(StepMetrics line) {
        append(line, new RunEvent.Step(state.step(), totalSteps, line));
    }

    private void append(StepMetrics line, RunEvent event) {
        run.requireInPlace();
        metrics.append(line);
        log.hear(event);
    }

    /** Reads all lines, for those who evaluate their course. */
    private MetricHistory history() {
        return MetricsFile.history(run.metricsFile());
    }

    /** Puts a checkpoint on disk, unless this very state has one, then deletes what need not stay. */
    void save(int keep) {
        if (state.equals(saved)) {
            return;
        }
        state = state.withMetricsBytes(metrics.sync());
        Path checkpoint = run.checkpoints().save(state, parts);
        saved = state;
        if (timetable.keepsAdapterAfter(state.step())) {
            new EpochAdapters(run).keep(checkpoint, state.step());
        }
        write(Status.RUNNING, null);
        RunState.Best best = state.best();
        run.checkpoints()
                .retain(keep, step -> timetable.keepsAfter(step) || (best != null && best.step() == step))
                .forEach(this::warnOfForeign);
        log.hear(new RunEvent.Saved(state.step(), "checkpoints/" + checkpoint.getFileName()));
    }

    private void warnOfForeign(Path checkpoint) {
        if (foreign.add(checkpoint)) {
            log.note(format(
                    "%s has the name of a checkpoint but doesn't carry this run's id; the run leaves it alone.",
                    checkpoint));
        }
    }

    RunResult end(Status status, @Nullable String reason) {
        if (status == Status.DONE) {
            warnings.judge(history());
            board.end(
                    status); // before the run is said to be done: a disk that doesn't take it fails the run, which can
            // be resumed
            return write(status, reason);
        }
        RunResult result = write(status, reason);
        board.end(status);
        return result;
    }

    @Override
    public void close() {
        metrics.close();
        board.close();
    }

    private void load(Path checkpoint) {
        for (Saved part : parts) {
            try {
                part.load(checkpoint);
            } catch (IOException failed) {
                throw new RunException(
                        format(
                                "Checkpoint %s is whole but could not be read: %s.",
                                checkpoint, FileFailure.told(failed)),
                        failed);
            }
        }
    }

    /** Reads the evaluations of a resumed run so far. */
    private Evaluations evaluationsSoFar() {
        try {
            return new ReportFiles(run.path()).evaluations();
        } catch (IOException | InputException damaged) {
            log.note(format(
                    "%s can't be read (%s); the run goes on, and its verdict will be unclear.",
                    ReportFiles.EVALUATION, FileFailure.told(damaged)));
            return Evaluations.NONE;
        }
    }

    private void skipDamaged(Checkpoints.Whole whole) {
        whole.damaged()
                .forEach((checkpoint, problem) -> log.note(format(
                        "Checkpoint %s is damaged (%s); it is renamed %s and the run goes on from %s.",
                        checkpoint,
                        problem,
                        run.checkpoints().setAside(checkpoint, "damaged-").getFileName(),
                        whole.directory().getFileName())));
    }

    /** Sets a checkpoint aside from which the run has failed again and again, where there is an earlier one. */
    private Checkpoints.@Nullable Whole skipFailing(Checkpoints.@Nullable Whole newest) {
        if (newest == null || !Attempts.of(run.path()).areTooMany(newest.state().step())) {
            return newest;
        }
        Checkpoints.Whole earlier =
                run.checkpoints().newestWholeBefore(newest.state().step());
        if (earlier == null) {
            return newest;
        }
        skipDamaged(newest);
        Path failing = run.checkpoints().setAside(newest.directory(), "failing-");
        run.writeJson(Attempts.NAME, new Attempts(earlier.state().step(), 0));
        log.note(format(
                "The run failed twice after it had gone on from checkpoint %s; it is renamed %s and the run goes on from %s.",
                newest.directory(), failing.getFileName(), earlier.directory().getFileName()));
        return earlier;
    }

    /** Remembers that the run failed, where that may be the fault of the checkpoint that it had gone on from. */
    void countFailure(Throwable failed) {
        RunState from = saved;
        if (from != null && Attempts.counts(failed)) {
            run.writeJson(Attempts.NAME, Attempts.of(run.path()).afterFailure(from.step()));
        }
    }

    /** A finished run that goes further is no longer finished, and may stop early again. */
    private void reopenIfDone() {
        if (run.result().status() == Status.DONE && state.step() < totalSteps) {
            state = state.reopened();
            reopenedAt = state.step();
            run.remove("adapter");
            run.remove("model");
        }
    }

    private RunResult write(Status status, @Nullable String reason) {
        RunResult result = new RunResult(
                status,
                state.step(),
                totalSteps,
                metrics.last(),
                reason,
                state.best(),
                warnings.texts(),
                Verdict.UNCLEAR,
                List.of());
        run.write(result);
        return result;
    }
}
