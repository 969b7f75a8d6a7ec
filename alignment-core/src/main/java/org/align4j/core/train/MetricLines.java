package org.align4j.core.train;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.List;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.report.TensorBoardWriter;
import org.align4j.core.run.MetricsFile;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.StepMetrics;

/**
 * The figures of a run, a line a step or evaluation: in metrics.jsonl and for TensorBoard. Memory holds the latest figures alone, so that
 * it doesn't grow with the steps.
 */
final class MetricLines implements AutoCloseable {
    private final RunDirectory run;
    private final MetricsFile file;
    private final TensorBoardWriter board;
    private StepMetrics last = StepMetrics.EMPTY;

    private MetricLines(RunDirectory run, long bytes) throws IOException {
        this.run = run;
        this.file = MetricsFile.open(run.metricsFile(), bytes);
        List<StepMetrics> lines = MetricsFile.read(run.metricsFile());
        lines.forEach(this::remember);
        this.board = TensorBoardWriter.openAt(run.path().resolve("tensorboard"), lines.size());
    }

    /**
     * Takes up the figures of a run.
     *
     * @param bytes of metrics.jsonl that stay; what a killed run wrote after its last checkpoint is cut off
     * @throws RunException where the TensorBoard file can't be written
     */
    public static MetricLines open(RunDirectory run, long bytes) {
        try {
            return new MetricLines(run, bytes);
        } catch (IOException failed) {
            throw boardFailure(failed);
        }
    }

    private void remember(StepMetrics line) {
        if (line.get(LoopFigures.SKIPPED_ROWS).isEmpty()) {
            last = last.with(line);
        }
    }

    /** Returns the latest figure of every name, without those of steps that were not applied. */
    public StepMetrics last() {
        return last;
    }

    /**
     * Reads all lines, for those who judge their course.
     *
     * @throws RunException where metrics.jsonl can't be read
     */
    public MetricHistory history() {
        return MetricsFile.history(run.metricsFile());
    }

    /**
     * Adds a line.
     *
     * @param step optimizer steps done
     */
    public void append(int step, StepMetrics line) {
        run.requireInPlace();
        file.append(line);
        remember(line);
        try {
            board.write(step, line.values());
        } catch (IOException failed) {
            throw boardFailure(failed);
        }
    }

    /** Puts all lines on disk and returns the bytes of metrics.jsonl. */
    public long sync() {
        return file.sync();
    }

    @Override
    public void close() {
        file.close();
        try {
            board.close();
        } catch (IOException failed) {
            throw boardFailure(failed);
        }
    }

    private static RunException boardFailure(IOException failed) {
        return new RunException(
                format(
                        "The TensorBoard file could not be written: %s. The last checkpoint is untouched; mend the disk and resume the run.",
                        FileFailure.reason(failed)),
                failed);
    }
}
