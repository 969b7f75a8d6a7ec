package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.files.GrowingFile;

/**
 * {@code metrics.jsonl}: one line an optimizer step and one an evaluation, each written at once. A checkpoint remembers
 * the file's length, and resuming cuts it back to that, which also removes a line that a kill tore. Memory holds the latest figures alone, so that it doesn't
 * grow with the steps.
 */
public final class MetricsFile implements AutoCloseable {
    private final Path file;
    private final GrowingFile lines;
    private StepMetrics last = StepMetrics.EMPTY;
    private int count;

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
            MetricsFile opened = new MetricsFile(file, lines);
            read(file).forEach(opened::remember);
            return opened;
        } catch (IOException failed) {
            throw failure(file, failed);
        }
    }

    /**
     * Returns the lines written so far, evaluations too; a torn last line is left out, {@code null} becomes NaN.
     *
     * @throws InputException when a line before the last is no JSON object with a step
     */
    public static List<StepMetrics> read(Path file) {
        List<String> texts = texts(file);
        List<StepMetrics> lines = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i).isBlank()) {
                continue;
            }
            Optional<StepMetrics> line = parse(texts.get(i));
            if (line.isPresent()) {
                lines.add(line.get());
            } else if (i < texts.size() - 1) {
                throw new InputException(format(
                        "%s:%d: is no metrics line; each is one JSON object with a step. Remove it or resume the run.",
                        file, i + 1));
            }
        }
        return lines;
    }

    private static List<String> texts(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (CharacterCodingException e) {
            throw new InputException(
                    file + " is not UTF-8 text; something else than a run changed it. Put it back as the run wrote it.",
                    e);
        } catch (IOException failed) {
            throw new RunException(format("%s could not be read: %s.", file, FileFailure.reason(failed)), failed);
        }
    }

    private static Optional<StepMetrics> parse(String text) {
        JsonNode node;
        try {
            node = Json.MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
        Map<String, Double> line = new LinkedHashMap<>();
        node.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            if (value.isNumber()) {
                line.put(entry.getKey(), value.doubleValue());
            } else if (value.isNull()) {
                line.put(entry.getKey(), Double.NaN);
            }
        });
        return line.containsKey("step") ? Optional.of(new StepMetrics(line)) : Optional.empty();
    }

    /** Returns the lines that {@link #read} reads, for those who evaluate their course. */
    public static MetricHistory history(Path file) {
        return new MetricHistory(read(file).stream().map(StepMetrics::values).toList());
    }

    private void remember(StepMetrics line) {
        count++;
        if (line.get(LoopFigures.SKIPPED_ROWS).isEmpty()) {
            last = last.with(line);
        }
    }

    /** Returns the latest figure of every name, without those of steps that were not applied. */
    public StepMetrics last() {
        return last;
    }

    /** Counts the lines, evaluations too. */
    public int count() {
        return count;
    }

    /** Adds one line. */
    public void append(StepMetrics metrics) {
        remember(metrics);
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

    static RunException failure(Path file, IOException failed) {
        return new RunException(
                format(
                        "%s could not be written: %s. The last checkpoint is untouched; fix the disk and resume the run.",
                        file, FileFailure.reason(failed)),
                failed);
    }
}
