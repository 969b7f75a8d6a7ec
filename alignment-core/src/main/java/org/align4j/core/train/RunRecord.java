package org.align4j.core.train;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.eval.DataFacts;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.Warning;
import org.align4j.core.eval.Warnings;
import org.align4j.core.files.Saved;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.TensorBoardWriter;
import org.align4j.core.run.Checkpoints;
import org.align4j.core.run.MetricsFile;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunResult;
import org.align4j.core.run.RunResult.Status;
import org.align4j.core.run.RunState;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.verdict.EvaluatedRows;
import org.align4j.core.verdict.Verdict;
import org.align4j.core.verdict.run.Evaluations;
import org.jspecify.annotations.Nullable;

/** Where a run stands, in memory and in its directory: state, metrics, checkpoints, warnings, result. */
final class RunRecord implements AutoCloseable {
    private static final String WARNINGS = "warnings.json";

    private final RunDirectory run;
    private final List<Saved> parts;
    private final TokenBudget budget;
    private final int totalSteps;
    private final DataFacts facts;
    private final TrainingLog log;
    private final Set<String> warned = new HashSet<>();
    private final List<StepMetrics> lines;
    private final MetricsFile metrics;
    private final TensorBoardWriter board;
    private RunState state;
    private StepMetrics last = StepMetrics.EMPTY;
    private List<Warning> warnings = List.of();
    private Evaluations evaluations = Evaluations.NONE;
    private @Nullable RunState saved;

    /**
     * Takes up the run where its newest whole checkpoint left it: the parts are loaded, the metrics cut back.
     *
     * @throws org.align4j.core.error.InputException if the run has done more steps than it is to have; nothing changed
     */
    RunRecord(RunDirectory run, Timetable timetable, TrainedMethod method, DataFacts facts, TrainingLog log) {
        this.run = run;
        this.budget = method.budget();
        this.parts = new ArrayList<>(method.parts());
        parts.add(new SavedBudget(budget));
        this.totalSteps = timetable.totalSteps();
        this.facts = facts;
        this.log = log;
        Checkpoints.Whole whole = run.checkpoints().newestWhole();
        state = whole == null ? RunState.START : whole.state();
        timetable.requireAtLeast(state.step());
        if (whole != null) {
            passOver(whole);
            load(whole.directory());
            saved = state;
            evaluations = evaluationsSoFar();
        }
        reopenIfDone();
        metrics = MetricsFile.open(run.metricsFile(), state.metricsBytes());
        lines = new ArrayList<>(MetricsFile.read(run.metricsFile()));
        lines.forEach(line -> last = last.with(line));
        board = openBoard(run.path().resolve("tensorboard"), lines.size());
        run.goOn(state.step());
        write(Status.RUNNING, null);
        log.begun(state.step(), totalSteps);
        warn(beforeTraining());
    }

    RunState state() {
        return state;
    }

    /** The latest figure of every name. */
    StepMetrics last() {
        return last;
    }

    /** A step was applied. */
    void step(StepOutcome outcome, StepMetrics line) {
        state = state.afterStep(outcome.tokens(), outcome.paddingTokens());
        append(line);
        if (budget.isReduced() && !warned.contains(Warnings.OUT_OF_MEMORY)) {
            warnOfHistory();
        }
    }

    /** The evaluation after the last step is there. */
    void evaluated(StepMetrics line, @Nullable EvaluatedRows rows, RunState.@Nullable Best best) {
        if (rows != null) {
            evaluations = evaluations.after(state.step(), rows);
            run.writeJson(ReportFiles.EVALUATION, evaluations);
        }
        state = state.afterEvaluation(best);
        append(line);
        warnOfHistory();
        write(Status.RUNNING, null);
    }

    /** Puts a checkpoint on disk, unless this very state has one, then deletes what need not stay. */
    void save(int keep) {
        if (state.equals(saved)) {
            return;
        }
        state = state.withMetricsBytes(metrics.sync());
        Path checkpoint = run.checkpoints().save(state, parts);
        saved = state;
        write(Status.RUNNING, null);
        RunState.Best best = state.best();
        run.checkpoints().retain(keep, best == null ? OptionalInt.empty() : OptionalInt.of(best.step()));
        log.saved(checkpoint);
    }

    RunResult end(Status status, @Nullable String reason) {
        if (status == Status.DONE) {
            warnOfHistory();
        }
        return write(status, reason);
    }

    @Override
    public void close() {
        metrics.close();
        try {
            board.close();
        } catch (IOException failed) {
            throw boardFailure(failed);
        }
    }

    private static TensorBoardWriter openBoard(Path folder, int linesKept) {
        try {
            return TensorBoardWriter.openAt(folder, linesKept);
        } catch (IOException failed) {
            throw boardFailure(failed);
        }
    }

    private static RunException boardFailure(IOException failed) {
        return new RunException(
                format(
                        "The TensorBoard file could not be written: %s. The last checkpoint is untouched; mend the disk and resume the run.",
                        failed.getMessage()),
                failed);
    }

    private void append(StepMetrics line) {
        run.requireInPlace();
        metrics.append(line);
        lines.add(line);
        last = last.with(line);
        try {
            board.write(state.step(), line.values());
        } catch (IOException failed) {
            throw boardFailure(failed);
        }
        log.line(line);
    }

    private void load(Path checkpoint) {
        for (Saved part : parts) {
            try {
                part.load(checkpoint);
            } catch (IOException failed) {
                throw new RunException(
                        format("Checkpoint %s is whole but could not be read: %s.", checkpoint, failed.getMessage()),
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
                    ReportFiles.EVALUATION, damaged.getMessage()));
            return Evaluations.NONE;
        }
    }

    private void passOver(Checkpoints.Whole whole) {
        whole.damaged()
                .forEach((checkpoint, problem) -> log.note(format(
                        "Checkpoint %s is damaged (%s); it is renamed damaged-%s and the run goes on from %s.",
                        checkpoint,
                        problem,
                        checkpoint.getFileName(),
                        whole.directory().getFileName())));
        run.checkpoints().setAside(whole.damaged().keySet());
    }

    /** A finished run that goes further is no longer finished, and may stop early anew. */
    private void reopenIfDone() {
        if (run.result().status() == Status.DONE && state.step() < totalSteps) {
            state = state.reopened();
            run.remove("adapter");
            run.remove("model");
        }
    }

    private void warnOfHistory() {
        List<Warning> all = new ArrayList<>(beforeTraining());
        all.addAll(Warnings.duringTraining(
                new MetricHistory(lines.stream().map(StepMetrics::values).toList()), facts));
        warn(all);
    }

    /** What is known without any figures of the run. */
    private List<Warning> beforeTraining() {
        List<Warning> all = new ArrayList<>(Warnings.beforeTraining(facts));
        if (budget.isReduced()) {
            all.add(Warnings.outOfMemory(budget.begun(), budget.tokens()));
        }
        return all;
    }

    private void warn(List<Warning> all) {
        warnings = all;
        run.writeJson(WARNINGS, all);
        all.stream().filter(warning -> warned.add(warning.code())).forEach(log::warned);
    }

    private RunResult write(Status status, @Nullable String reason) {
        RunResult result = new RunResult(
                status,
                state.step(),
                totalSteps,
                last,
                reason,
                state.best(),
                warnings.stream().map(Warning::text).toList(),
                Verdict.UNCLEAR);
        run.write(result);
        return result;
    }
}
