package org.align4j.core.report;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.error.RunException;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/** Writes every metrics line to the run's {@code tensorboard} folder; a resumed run first cuts back to its checkpoint. */
public final class TensorBoardLog implements TrainingLog, AutoCloseable {
    private final Path folder;
    private @Nullable TensorBoardWriter writer;

    /**
     * A run's TensorBoard file; nothing is written before the run begins.
     *
     * @param run its directory
     */
    public TensorBoardLog(Path run) {
        this.folder = run.resolve("tensorboard");
    }

    @Override
    public void begun(int step, int totalSteps) {
        close();
        try {
            // From the start: an evaluation before the first step, left by a run that was killed, comes again.
            writer = TensorBoardWriter.openAt(folder, step == 0 ? -1 : step);
        } catch (IOException failed) {
            throw failure(failed);
        }
    }

    @Override
    public void line(StepMetrics metrics) {
        try {
            if (writer != null) {
                writer.write((long) metrics.get("step").orElse(0), metrics.values());
            }
        } catch (IOException failed) {
            throw failure(failed);
        }
    }

    @Override
    public void close() {
        try {
            if (writer != null) {
                writer.close();
            }
        } catch (IOException failed) {
            throw failure(failed);
        }
    }

    private RunException failure(IOException failed) {
        return new RunException(
                folder + " could not be written: " + failed.getMessage()
                        + ". The last checkpoint is untouched; mend the disk and resume the run.",
                failed);
    }
}
