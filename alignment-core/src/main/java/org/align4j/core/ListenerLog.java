package org.align4j.core;

import java.nio.file.Path;
import org.align4j.core.TrainingListener.Step;
import org.align4j.core.eval.Warning;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.TrainingLog;

/** Tells a program's listener of a training. */
final class ListenerLog implements TrainingLog {
    private final TrainingListener listener;
    private int total;

    ListenerLog(TrainingListener listener) {
        this.listener = listener;
    }

    @Override
    public void begun(int step, int totalSteps) {
        total = totalSteps;
    }

    @Override
    public void line(StepMetrics metrics) {
        Step step = new Step((int) metrics.get("step").orElse(0), total, new FigureValues(metrics.values()));
        if (metrics.get("loss").isPresent()) {
            listener.step(step);
        } else {
            listener.evaluated(step);
        }
    }

    @Override
    public void saved(Path checkpoint) {
        listener.note("Saved " + checkpoint + ".");
    }

    @Override
    public void warned(Warning warning) {
        listener.note("Warning: " + warning.text());
    }

    @Override
    public void note(String sentence) {
        listener.note(sentence);
    }
}
