package org.align4j.core.report;

import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.align4j.core.eval.Warning;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.TrainingLog;

/** A run on the console: a line every so many steps, every evaluation, every warning once. */
public final class ConsoleLog implements TrainingLog {
    private final Consumer<String> out;
    private final int logEvery;
    private final LongSupplier nanoTime;
    private ProgressLine progress = new ProgressLine(0);
    private int firstStep;
    private long begun;

    /**
     * A run's log.
     *
     * @param out takes each line, without its end
     * @param logEvery steps from line to line; the last step always has one
     */
    public ConsoleLog(Consumer<String> out, int logEvery) {
        this(out, logEvery, System::nanoTime);
    }

    ConsoleLog(Consumer<String> out, int logEvery, LongSupplier nanoTime) {
        this.out = out;
        this.logEvery = Math.max(1, logEvery);
        this.nanoTime = nanoTime;
    }

    @Override
    public void begun(int step, int totalSteps) {
        progress = new ProgressLine(totalSteps);
        firstStep = step;
        begun = nanoTime.getAsLong();
        if (step > 0) {
            out.accept("going on after step " + step + " of " + totalSteps);
        }
    }

    @Override
    public void line(StepMetrics metrics) {
        int step = (int) metrics.get("step").orElse(0);
        if (isEvaluation(metrics.values().keySet())) {
            out.accept(progress.formatEvaluation(step, metrics.values()));
        } else if (step % logEvery == 0 || step == progress.totalSteps()) {
            out.accept(progress.format(step, metrics.values(), left(step)));
        }
    }

    @Override
    public void warned(Warning warning) {
        out.accept("warning: " + warning.text());
    }

    @Override
    public void note(String sentence) {
        out.accept(sentence);
    }

    /** Whether a metrics line tells of an evaluation rather than of a step. */
    static boolean isEvaluation(Set<String> names) {
        return names.stream().anyMatch(name -> name.startsWith("eval_"));
    }

    private Duration left(int step) {
        int done = Math.max(1, step - firstStep);
        return Duration.ofNanos((nanoTime.getAsLong() - begun) / done * (progress.totalSteps() - step));
    }
}
