package org.align4j.desk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.align4j.core.run.EventsFile;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.RunEvent.Recorded;
import org.align4j.core.run.StepMetrics;
import org.jspecify.annotations.Nullable;

/** What a run's events say of its present, read as they are written: each is read once. */
public final class RunCourse {
    /** Steps by which the rest is reckoned. */
    private static final int WINDOW = 20;

    private final EventsFile.Tail tail;
    private final Deque<Double> seconds = new ArrayDeque<>();
    private int step;
    private int total;
    private boolean paused;
    private StepMetrics metrics = StepMetrics.EMPTY;
    private String activity = "";

    /** Begins with the first event of a run, which may not be there yet. */
    public RunCourse(Path run) {
        this.tail = new EventsFile.Tail(run);
    }

    /** Reads what was written since the last call. */
    public void follow() throws IOException {
        for (var next = tail.next(); !next.isEmpty(); next = tail.next()) {
            next.forEach(this::hear);
        }
    }

    private void hear(Recorded recorded) {
        RunEvent event = recorded.event();
        if (event instanceof RunEvent.Started started) {
            step = started.from();
            total = started.totalSteps();
            seconds.clear();
            rest();
        } else if (event instanceof RunEvent.Step taken) {
            step = taken.step();
            total = taken.totalSteps();
            metrics = taken.metrics();
            taken.metrics().get("seconds").ifPresent(this::took);
            rest();
        } else if (event instanceof RunEvent.Progress progress) {
            goesOn(progress);
        } else if (event instanceof RunEvent.Downloading loading) {
            activity = loading.received() < loading.bytes() ? "downloading " + loading.what() : "";
        } else if (event instanceof RunEvent.Finished) {
            rest();
        }
    }

    private void rest() {
        activity = "";
        paused = false;
    }

    private void took(double one) {
        if (Double.isFinite(one)) {
            seconds.addLast(one);
            if (seconds.size() > WINDOW) {
                seconds.removeFirst();
            }
        }
    }

    private void goesOn(RunEvent.Progress progress) {
        Long done = progress.done();
        Long all = progress.total();
        if (done == null || all == null) {
            return;
        }
        boolean over = done > 0 && done.equals(all);
        if (progress.label().equals(RunEvent.Progress.PAUSED)) {
            paused = !over;
        } else {
            activity = over ? "" : progress.label() + (all > 0 ? " " + done + " of " + all : "");
        }
    }

    /** Returns the optimizer steps done. */
    public int step() {
        return step;
    }

    /** Returns the steps that the run is to have; 0 before its steps began. */
    public int total() {
        return total;
    }

    /** Whether the run waits because it was asked to. */
    public boolean isPaused() {
        return paused;
    }

    /** Returns the figures of the last step. */
    public StepMetrics metrics() {
        return metrics;
    }

    /** Returns what goes on beside steps, in words; empty for nothing. */
    public String activity() {
        return activity;
    }

    /** Returns the mean seconds of a step lately; null before the first. */
    public @Nullable Double secondsPerStep() {
        return seconds.isEmpty()
                ? null
                : seconds.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    }
}
