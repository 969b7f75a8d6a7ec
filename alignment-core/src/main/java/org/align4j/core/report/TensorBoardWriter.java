package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.zip.CRC32C;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.figure.Figure;
import org.align4j.core.files.Folders;
import org.align4j.core.files.GrowingFile;
import org.align4j.core.page.Details;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.RunResult.Status;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.run.TrackTargets;
import org.align4j.core.web.ProtoWriter;
import org.jspecify.annotations.Nullable;

/**
 * Writes scalars to a TensorBoard event file: TFRecord frames (length, masked CRC32C of it, data, masked CRC32C of that;
 * all little-endian) around {@code Event} messages. A run has one file, {@code tensorboard/events.out.tfevents.align4j}:
 * opening it again goes on behind what is there, and {@link #openAt} first cuts back what lies after a checkpoint. Options
 * and end are there as the plugin for hyperparameters reads them.
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
     * metrics lines: 0 to start again, as many as the run's {@code metrics.jsonl} was cut back to when it is resumed.
     *
     * @param folder the run's {@code tensorboard} folder
     * @param lines how many lines stay, each one {@link #write}
     * @param options of the run, for the table of hyperparameters of a file that begins
     * @throws IOException if a link has the folder's name, too
     */
    public static TensorBoardWriter openAt(Path folder, int lines, Map<String, ?> options) throws IOException {
        return openAt(folder, lines, options, () -> System.currentTimeMillis() / 1000.0);
    }

    /** Opens a writer with the clock that stamps the events, in seconds since 1970. */
    static TensorBoardWriter openAt(Path folder, int lines, Map<String, ?> options, DoubleSupplier clock)
            throws IOException {
        Folders.makeOwn(folder);
        GrowingFile file = GrowingFile.open(folder.resolve(FILE_NAME));
        try {
            TensorBoardWriter writer = new TensorBoardWriter(file, clock);
            long kept = endOf(file, lines);
            file.cut(kept);
            if (kept == 0) {
                double now = clock.getAsDouble();
                writer.frame(TensorBoardEvent.version(now));
                writer.frame(TensorBoardEvent.sessionStart(now, options));
            }
            return writer;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Writes the values of one step under {@code train/}, those of an evaluation under {@code eval/}: {@code loss} becomes {@code
     * train/loss}, {@code eval_loss} {@code eval/loss}. {@code step} itself is left out.
     *
     * @param step from 1; 0 for what was measured before the first
     * @param values name to value, written in their order; NaN where a value was not finite
     */
    public void write(long step, Map<String, Double> values) throws IOException {
        Map<String, Double> tagged = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            if (!name.equals("step")) {
                tagged.put(tag(name), value);
            }
        });
        frame(TensorBoardEvent.scalars(clock.getAsDouble(), step, tagged));
    }

    /** Returns a figure's name as trackers show it: {@code train/loss}, {@code eval/loss}. */
    public static String tag(String figure) {
        return figure.startsWith(Figure.EVALUATION)
                ? "eval/" + figure.substring(Figure.EVALUATION.length())
                : "train/" + figure;
    }

    /** Writes how the run ended, for the table of hyperparameters. Opening the file to go on cuts that off. */
    void end(boolean done) throws IOException {
        frame(TensorBoardEvent.sessionEnd(clock.getAsDouble(), done));
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
        private final Path run;
        private final IntSupplier lines;
        private @Nullable TensorBoardWriter writer;

        /**
         * @param run the run's directory
         * @param lines counts the lines of {@code metrics.jsonl} where the steps begin or go on
         */
        public Follower(Path run, IntSupplier lines) {
            this.run = run;
            this.lines = lines;
        }

        /** @throws RunException where the file can't be written */
        @Override
        public void accept(RunEvent event) {
            try {
                if (event instanceof RunEvent.Started) {
                    close();
                    writer = open();
                } else if (event instanceof RunEvent.Step taken) {
                    write(taken.step(), taken.metrics());
                } else if (event instanceof RunEvent.Evaluated evaluated) {
                    write(evaluated.step(), evaluated.metrics());
                }
            } catch (IOException failed) {
                throw failure(failed);
            }
        }

        private @Nullable TensorBoardWriter open() throws IOException {
            Run begun = new Run(run);
            return TrackTargets.of(begun).hasTensorBoard()
                    ? openAt(run.resolve("tensorboard"), lines.getAsInt(), begun.options())
                    : null;
        }

        /**
         * Says how the run ended, which is reported before its {@code finished} event; a run that was stopped has no end yet.
         *
         * @throws RunException where the file can't be written
         */
        public void end(Status status) {
            try {
                if (writer != null && status != Status.STOPPED) {
                    writer.end(status == Status.DONE);
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
                            "The TensorBoard file could not be written: %s. The last checkpoint is untouched; fix the disk and resume the run.",
                            FileFailure.reason(failed)),
                    failed);
        }
    }

    /** Where so many whole, undamaged events of lines end, and before them the file's version and hyperparameters, which are no lines. */
    private static long endOf(GrowingFile file, int lines) throws IOException {
        long at = 0;
        int before = 0;
        while (true) {
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
            byte[] content = copy(data, (int) length);
            if (data.getInt((int) length) != maskedChecksum(content)) {
                return at;
            }
            boolean line = at > 0 && !TensorBoardEvent.isSessionStart(content);
            if (line && before++ == lines) {
                return at;
            }
            at += HEADER + length + FOOTER;
        }
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
     * Messages {@code Event} of TensorBoard, the few fields that scalars and hyperparameters need: wall_time 1 (double), step 2, file_version 3,
     * summary 5 (message of value 1: tag 1, simple_value 2, tensor 8, metadata 9).
     */
    private static final class TensorBoardEvent {
        private static final String SESSION_START = "_hparams_/session_start_info";
        private static final String SESSION_END = "_hparams_/session_end_info";
        private static final int SUCCESS = 1;
        private static final int FAILURE = 2;
        private static final int FLOAT = 1;

        private TensorBoardEvent() {}

        /** The options of a run by their names; what is not set, or empty, is left out: readers refuse an option without a value. */
        static byte[] sessionStart(double wallTime, Map<String, ?> options) {
            ProtoWriter start = new ProtoWriter();
            new TreeMap<>(options).forEach((name, value) -> {
                if (value != null && !Details.text(value).isEmpty()) {
                    start.message(1, new ProtoWriter().text(1, name).message(2, option(value)));
                }
            });
            return session(wallTime, SESSION_START, new ProtoWriter().message(3, start.number(5, wallTime)));
        }

        private static ProtoWriter option(Object value) {
            if (value instanceof Boolean truth) {
                return new ProtoWriter().flag(4, truth);
            }
            return value instanceof Number number
                    ? new ProtoWriter().number(2, number.doubleValue())
                    : new ProtoWriter().text(3, Details.text(value));
        }

        static byte[] sessionEnd(double wallTime, boolean done) {
            ProtoWriter end =
                    new ProtoWriter().whole(1, done ? SUCCESS : FAILURE).number(2, wallTime);
            return session(wallTime, SESSION_END, new ProtoWriter().message(4, end));
        }

        static boolean isSessionStart(byte[] event) {
            return new String(event, StandardCharsets.ISO_8859_1).contains(SESSION_START);
        }

        /** A summary without a value, whose metadata is what the plugin reads. */
        private static byte[] session(double wallTime, String tag, ProtoWriter content) {
            ProtoWriter plugin = new ProtoWriter().text(1, "hparams").bytes(2, content.done());
            ProtoWriter shape = new ProtoWriter().message(2, new ProtoWriter());
            ProtoWriter none = new ProtoWriter().whole(1, FLOAT).message(2, shape);
            ProtoWriter value =
                    new ProtoWriter().text(1, tag).message(8, none).message(9, new ProtoWriter().message(1, plugin));
            return new ProtoWriter()
                    .number(1, wallTime)
                    .message(5, new ProtoWriter().message(1, value))
                    .done();
        }

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
