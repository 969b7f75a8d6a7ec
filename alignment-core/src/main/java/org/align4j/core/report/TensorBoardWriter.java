package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.zip.CRC32C;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.figure.Figure;
import org.align4j.core.files.Folders;
import org.align4j.core.files.GrowingFile;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.web.ProtoWriter;
import org.jspecify.annotations.Nullable;

/**
 * Writes scalars to a TensorBoard event file: TFRecord frames (length, masked CRC32C of it, data, masked CRC32C of that;
 * all little-endian) around {@code Event} messages. A run has one file, {@code tensorboard/events.out.tfevents.align4j}:
 * opening it again goes on behind what is there, and {@link #openAt} first cuts back what lies after a checkpoint.
 */
public final class TensorBoardWriter implements AutoCloseable {
    /** The name of the event file in its folder; TensorBoard recognises the {@code tfevents} in it. */
    public static final String FILE_NAME = "events.out.tfevents.align4j";

    private static final int HEADER = 12;
    private static final int FOOTER = 4;
    private static final int MASK_DELTA = 0xa282ead8;

    private final GrowingFile file;
    private final DoubleSupplier clock;

    private TensorBoardWriter(GrowingFile file, DoubleSupplier clock) {
        this.file = file;
        this.clock = clock;
    }

    /**
     * Opens the folder's event file, made when missing, and keeps of an existing one only the whole events of the first
     * metrics lines: 0 to start anew, as many as the run's {@code metrics.jsonl} was cut back to when it is resumed.
     *
     * @param folder the run's {@code tensorboard} folder
     * @param lines how many lines stay, each one {@link #write}
     * @throws IOException if a link has the folder's name, too
     */
    public static TensorBoardWriter openAt(Path folder, int lines) throws IOException {
        return openAt(folder, lines, () -> System.currentTimeMillis() / 1000.0);
    }

    /** Opens a writer with the clock that stamps the events, in seconds since 1970. */
    static TensorBoardWriter openAt(Path folder, int lines, DoubleSupplier clock) throws IOException {
        Folders.makeOwn(folder);
        GrowingFile file = GrowingFile.open(folder.resolve(FILE_NAME));
        try {
            TensorBoardWriter writer = new TensorBoardWriter(file, clock);
            long kept = endOf(file, lines);
            file.cut(kept);
            if (kept == 0) {
                writer.frame(TensorBoardEvent.version(clock.getAsDouble()));
            }
            return writer;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Writes the values of one step; names keep their slashes, which TensorBoard groups by. Evaluation values
     * ({@code eval_loss}) are shown as a group of their own ({@code eval/loss}); {@code step} itself is left out.
     *
     * @param step from 1; 0 for what was measured before the first
     * @param values name to value, written in their order; NaN where a value was not finite
     */
    public void write(long step, Map<String, Double> values) throws IOException {
        Map<String, Double> tagged = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            if (!name.equals("step")) {
                tagged.put(
                        name.startsWith(Figure.EVALUATION)
                                ? "eval/" + name.substring(Figure.EVALUATION.length())
                                : name,
                        value);
            }
        });
        frame(TensorBoardEvent.scalars(clock.getAsDouble(), step, tagged));
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private void frame(byte[] data) throws IOException {
        ByteBuffer length =
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(data.length);
        ByteBuffer frame = ByteBuffer.allocate(HEADER + data.length + FOOTER).order(ByteOrder.LITTLE_ENDIAN);
        frame.putLong(data.length).putInt(maskedChecksum(length.array()));
        frame.put(data).putInt(maskedChecksum(data)).flip();
        file.append(frame);
    }

    /**
     * Follows a run: each step and each evaluation is an event of its file, which is cut back to the lines of {@code metrics.jsonl} where
     * the steps begin or go on.
     */
    public static final class Follower implements Consumer<RunEvent>, AutoCloseable {
        private final Path folder;
        private final IntSupplier lines;
        private @Nullable TensorBoardWriter writer;

        /**
         * @param run the run's directory
         * @param lines counts the lines of {@code metrics.jsonl} where the steps begin or go on
         */
        public Follower(Path run, IntSupplier lines) {
            this.folder = run.resolve("tensorboard");
            this.lines = lines;
        }

        /** @throws RunException where the file can't be written */
        @Override
        public void accept(RunEvent event) {
            try {
                if (event instanceof RunEvent.Started) {
                    close();
                    writer = openAt(folder, lines.getAsInt());
                } else if (event instanceof RunEvent.Step taken) {
                    write(taken.step(), taken.metrics());
                } else if (event instanceof RunEvent.Evaluated evaluated) {
                    write(evaluated.step(), evaluated.metrics());
                }
            } catch (IOException failed) {
                throw failure(failed);
            }
        }

        private void write(int step, StepMetrics metrics) throws IOException {
            if (writer != null) {
                writer.write(step, metrics.values());
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

        private static RunException failure(IOException failed) {
            return new RunException(
                    format(
                            "The TensorBoard file could not be written: %s. The last checkpoint is untouched; mend the disk and resume the run.",
                            FileFailure.reason(failed)),
                    failed);
        }
    }

    /** Where the file's version and so many whole, undamaged events after it end. */
    private static long endOf(GrowingFile file, int lines) throws IOException {
        long at = 0;
        for (int event = 0; event <= lines; event++) {
            ByteBuffer header = read(file, at, HEADER);
            if (header.remaining() < HEADER) {
                return at;
            }
            long length = header.getLong(0);
            boolean fits = length >= 0 && length <= file.size() - at - HEADER - FOOTER;
            if (!fits || header.getInt(8) != maskedChecksum(copy(header, 8))) {
                return at;
            }
            ByteBuffer data = read(file, at + HEADER, (int) length + FOOTER);
            if (data.getInt((int) length) != maskedChecksum(copy(data, (int) length))) {
                return at;
            }
            at += HEADER + length + FOOTER;
        }
        return at;
    }

    private static ByteBuffer read(GrowingFile file, long at, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining() && file.read(buffer, at + buffer.position()) >= 0) {}
        return buffer.flip();
    }

    private static byte[] copy(ByteBuffer buffer, int length) {
        byte[] bytes = new byte[length];
        buffer.get(0, bytes);
        return bytes;
    }

    private static int maskedChecksum(byte[] data) {
        CRC32C checksum = new CRC32C();
        checksum.update(data);
        return Integer.rotateRight((int) checksum.getValue(), 15) + MASK_DELTA;
    }

    /**
     * Messages {@code Event} of TensorBoard, the few fields that scalars need: wall_time 1 (double), step 2, file_version 3, summary 5
     * (message of value 1: tag 1, simple_value 2).
     */
    private static final class TensorBoardEvent {
        private TensorBoardEvent() {}

        /** The first event of every file. */
        static byte[] version(double wallTime) {
            return new ProtoWriter()
                    .number(1, wallTime)
                    .text(3, "brain.Event:2")
                    .done();
        }

        /** One step's scalars, stored as floats as TensorBoard does. */
        static byte[] scalars(double wallTime, long step, Map<String, Double> values) {
            ProtoWriter summary = new ProtoWriter();
            values.forEach((tag, number) ->
                    summary.message(1, new ProtoWriter().text(1, tag).number(2, number.floatValue())));
            return new ProtoWriter()
                    .number(1, wallTime)
                    .whole(2, step)
                    .message(5, summary)
                    .done();
        }
    }
}
