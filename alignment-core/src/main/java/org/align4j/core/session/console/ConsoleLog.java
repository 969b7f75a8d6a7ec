package org.align4j.core.session.console;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.report.ProgressLine;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.web.DownloadListener;
import org.jspecify.annotations.Nullable;

/** Tells of a training on the terminal's log: a line a step or as often as asked, evaluations, warnings; a bar where a person watches. */
public final class ConsoleLog implements TrainingLog, AutoCloseable {
    private final Terminal terminal;
    private final int logEvery;
    private final DownloadProgress downloads;
    private ProgressLine line;
    private @Nullable Progress bar;
    private long begunAt;
    private int begunAfter;

    /**
     * @param terminal whose log is written
     * @param logEvery steps between lines
     * @param figures those of the method
     */
    public ConsoleLog(Terminal terminal, int logEvery, MethodFigures figures) {
        this.terminal = terminal;
        this.logEvery = logEvery;
        this.line = new ProgressLine(0, figures);
        this.downloads = new DownloadProgress(terminal);
    }

    /** A log of what is no training: notes and downloads. */
    public ConsoleLog(Terminal terminal) {
        this(terminal, 1, MethodFigures.of(List.of()));
    }

    @Override
    public void hear(RunEvent event) {
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
        } else if (event instanceof RunEvent.Progress progress && progress.tellsASentence()) {
            terminal.log(progress.label());
        }
    }

    private void begun(int step, int totalSteps) {
        line = new ProgressLine(totalSteps, line.figures());
        begunAt = System.nanoTime();
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

    @Override
    public DownloadListener downloads() {
        return downloads;
    }

    @Override
    public Progress progress(String label, long total) {
        return terminal.progress(label, total);
    }

    /** Takes the bars off the screen. */
    @Override
    public void close() {
        downloads.close();
        if (bar != null) {
            bar.close();
        }
    }

    private Duration left(int step) {
        long nanosPerStep = (System.nanoTime() - begunAt) / Math.max(1, step - begunAfter);
        return Duration.ofNanos(nanosPerStep * (line.totalSteps() - step));
    }
}
