package org.align4j.core.session.console;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.report.ProgressLine;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.terminal.ActivityBar;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.web.Transfer;
import org.jspecify.annotations.Nullable;

/**
 * Shows a person at the terminal what happens: of a training a line per step or as often as asked, evaluations, warnings; of any activity and
 * download a bar where the person watches.
 */
public final class ConsoleLog implements Consumer<RunEvent>, AutoCloseable {
    private final Terminal terminal;
    private final int logEvery;
    private ProgressLine line;
    private @Nullable Progress bar;
    private final LongSupplier nanoTime;
    private long begunAt;
    private int begunAfter;
    private long pausedAt;
    private final ActivityBar activity;

    /**
     * @param terminal whose log is written
     * @param logEvery steps between lines
     * @param figures those of the method
     */
    public ConsoleLog(Terminal terminal, int logEvery, MethodFigures figures) {
        this(terminal, logEvery, figures, System::nanoTime);
    }

    ConsoleLog(Terminal terminal, int logEvery, MethodFigures figures, LongSupplier nanoTime) {
        this.terminal = terminal;
        this.logEvery = logEvery;
        this.nanoTime = nanoTime;
        this.line = new ProgressLine(0, figures);
        this.activity = new ActivityBar(terminal);
    }

    /** Shows what is no training: sentences, activities and downloads. */
    public ConsoleLog(Terminal terminal) {
        this(terminal, 1, MethodFigures.of(List.of()));
    }

    /** Returns a log of what is no training, followed on a terminal. */
    public static TrainingLog of(Terminal terminal) {
        return new TrainingLog(new ConsoleLog(terminal));
    }

    @Override
    public void accept(RunEvent event) {
        if (event instanceof RunEvent.Started started) {
            begun(started.from(), started.totalSteps());
        } else if (event instanceof RunEvent.Step taken) {
            line(taken.step(), taken.metrics());
        } else if (event instanceof RunEvent.Evaluated evaluated) {
            terminal.log(
                    line.formatEvaluation(evaluated.step(), evaluated.metrics().values()));
        } else if (event instanceof RunEvent.Saved saved && bar != null) {
            bar.advance(0, "saved " + Path.of(saved.checkpoint()).getFileName());
        } else if (event instanceof RunEvent.Warned warned) {
            terminal.log("Warning: " + warned.seen() + " " + warned.advice());
        } else if (event instanceof RunEvent.Progress progress) {
            Long done = progress.done();
            Long total = progress.total();
            if (done == null || total == null) {
                terminal.log(progress.label());
            } else {
                if (progress.label().equals(RunEvent.Progress.PAUSED)) {
                    paused(done == 0);
                }
                activity.show(progress.label(), done, total, done > 0 && done.equals(total));
            }
        } else if (event instanceof RunEvent.Downloading loading) {
            show(new Transfer(loading.what(), false, loading.received(), loading.bytes()));
        }
    }

    /** A pause is no time of any step. */
    private void paused(boolean waits) {
        if (waits) {
            pausedAt = nanoTime.getAsLong();
        } else {
            begunAt += nanoTime.getAsLong() - pausedAt;
        }
    }

    private void begun(int step, int totalSteps) {
        line = new ProgressLine(totalSteps, line.figures());
        begunAt = nanoTime.getAsLong();
        begunAfter = step;
        if (step > 0) {
            terminal.log(format("Going on after step %d of %d.", step, totalSteps));
        }
        if (bar != null) {
            bar.close();
        }
        bar = terminal.progress("training", totalSteps);
        bar.advance(step);
    }

    private void line(int step, StepMetrics metrics) {
        if (step % logEvery == 0 || step == line.totalSteps()) {
            terminal.log(line.format(step, metrics.values(), left(step)));
        }
        if (bar != null) {
            bar.advance(1);
        }
    }

    /** Shows how a download goes on: a line as it begins, then a bar in kilobytes. */
    public void show(Transfer transfer) {
        activity.accept(transfer);
    }

    /** Takes the bars off the screen. */
    @Override
    public void close() {
        activity.close();
        if (bar != null) {
            bar.close();
        }
    }

    private Duration left(int step) {
        long nanosPerStep = (nanoTime.getAsLong() - begunAt) / Math.max(1, step - begunAfter);
        return Duration.ofNanos(nanosPerStep * (line.totalSteps() - step));
    }
}
