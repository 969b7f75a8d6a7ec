package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.files.GrowingFile;

/**
 * {@code metrics.jsonl}: one line an optimizer step and one an evaluation, each written at once. A checkpoint remembers
 * the file's length, and resuming cuts it back to that, which also removes a line that a kill tore.
 */
public final class MetricsFile implements AutoCloseable {
    private final Path file;
    private final GrowingFile lines;

    private MetricsFile(Path file, GrowingFile lines) {
        this.file = file;
        this.lines = lines;
    }

    /**
     * Opens the file for more lines.
     *
     * @param file created where it isn't there
     * @param bytes where to go on: what follows is cut away
     * @throws RunException if the file is shorter than that
     */
    public static MetricsFile open(Path file, long bytes) {
        try {
            GrowingFile lines = GrowingFile.open(file);
            if (bytes < 0 || lines.size() < bytes) {
                long size = lines.size();
                lines.close();
                throw new RunException(format(
                        "%s has %d bytes but had %d when the checkpoint was taken; put the missing lines"
                                + " back, or delete the checkpoints after them.",
                        file, size, bytes));
            }
            lines.cut(bytes);
            return new MetricsFile(file, lines);
        } catch (IOException failed) {
            throw failure(file, failed);
        }
    }

    /** Returns the lines written so far, evaluations too; a torn last line is left out, {@code null} becomes NaN. */
    public static List<StepMetrics> read(Path file) {
        try {
            String all = Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
            List<StepMetrics> lines = new ArrayList<>();
            String whole = all.substring(0, all.lastIndexOf('\n') + 1);
            for (String line : (Iterable<String>) whole.lines()::iterator) {
                lines.add(Json.parse(line.getBytes(StandardCharsets.UTF_8), StepMetrics.class));
            }
            return lines;
        } catch (IOException failed) {
            throw new RunException(format("%s could not be read: %s.", file, FileFailure.reason(failed)), failed);
        }
    }

    /** Adds one line. */
    public void append(StepMetrics metrics) {
        try {
            lines.append(ByteBuffer.wrap(Json.line(metrics)));
        } catch (IOException failed) {
            throw failure(file, failed);
        }
    }

    /** Forces the lines to disk.
     *
     * @return the file's length, for the checkpoint that is taken now
     */
    public long sync() {
        try {
            lines.force();
            return lines.size();
        } catch (IOException failed) {
            throw failure(file, failed);
        }
    }

    @Override
    public void close() {
        try {
            lines.close();
        } catch (IOException failed) {
            throw failure(file, failed);
        }
    }

    private static RunException failure(Path file, IOException failed) {
        return new RunException(
                format(
                        "%s could not be written: %s. The last checkpoint is untouched; mend the disk and resume the run.",
                        file, FileFailure.reason(failed)),
                failed);
    }
}
