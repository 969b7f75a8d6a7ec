package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.GrowingFile;
import org.align4j.core.files.InputFile;
import org.align4j.core.run.RunEvent.Evaluated;
import org.align4j.core.run.RunEvent.Recorded;
import org.align4j.core.run.RunEvent.Started;

/**
 * {@code events.jsonl}: one event per line, each written at once. Unlike {@link MetricsFile} it is never cut back by a resumed run, whose {@code
 * started} event says from where the run goes on instead; only a last line that a kill tore is cut off.
 */
public final class EventsFile implements AutoCloseable {
    /** The file's name in a run's directory. */
    static final String NAME = "events.jsonl";

    private static final ObjectReader EVENTS =
            Json.MAPPER.readerFor(RunEvent.class).without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final Path file;
    private final GrowingFile lines;
    private long sequence;

    private EventsFile(Path file, GrowingFile lines, long sequence) {
        this.file = file;
        this.lines = lines;
        this.sequence = sequence;
    }

    /** Opens a run's file for more events, made where it isn't there. A torn last line is cut off, and its number is not used again. */
    public static EventsFile open(Path run) {
        Path file = run.resolve(NAME);
        try {
            byte[] all = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            int whole = all.length;
            while (whole > 0 && all[whole - 1] != '\n') {
                whole--;
            }
            long last = 0;
            for (String line : text(all, whole).lines().toList()) {
                last = Math.max(last, parse(line).map(Recorded::sequence).orElse(last + 1));
            }
            GrowingFile lines = GrowingFile.open(file);
            lines.cut(whole);
            return new EventsFile(file, lines, whole < all.length ? last + 1 : last);
        } catch (IOException failed) {
            throw MetricsFile.failure(file, failed);
        }
    }

    private static String text(byte[] all, int whole) {
        return new String(all, 0, whole, StandardCharsets.UTF_8);
    }

    /**
     * Adds an event, with the next number.
     *
     * @param step optimizer steps done
     */
    public Recorded append(Instant time, int step, RunEvent event) {
        Recorded recorded = new Recorded(++sequence, time, step, event);
        try {
            ObjectNode line = Json.MAPPER.createObjectNode();
            ObjectNode own = Json.MAPPER.valueToTree(event);
            line.put("sequence", recorded.sequence()).put("time", time.toString());
            line.set("type", own.remove("type"));
            line.put("step", step).setAll(own);
            lines.append(ByteBuffer.wrap(Json.line(line)));
            return recorded;
        } catch (IOException failed) {
            throw MetricsFile.failure(file, failed);
        }
    }

    /**
     * Reads the events that count: without those of steps that a resumed run took again. A torn last line and lines of no known event are
     * left out.
     */
    static List<Recorded> read(Path run) {
        Path file = run.resolve(NAME);
        try {
            byte[] all = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            List<Recorded> events = new ArrayList<>();
            Map<Integer, Recorded> evaluated = new HashMap<>();
            text(all, all.length).lines().flatMap(line -> parse(line).stream()).forEach(next -> {
                if (next.event() instanceof Started started) {
                    events.removeIf(earlier -> earlier.step() > started.from());
                } else if (next.event() instanceof Evaluated) {
                    Recorded replaced = evaluated.put(next.step(), next);
                    if (replaced != null) {
                        events.remove(replaced);
                    }
                }
                events.add(next);
            });
            return events;
        } catch (IOException failed) {
            throw new RunException(format("%s could not be read: %s.", file, FileFailure.reason(failed)), failed);
        }
    }

    /**
     * Reads a run's events while they are written, each line once: those of steps that a resumed run took again come again.
     */
    public static final class Tail {
        private static final int MOST_BYTES = 1 << 20;

        private final Path file;
        private long read;

        /** Begins with the first event of a run, which may not be there yet. */
        public Tail(Path run) {
            this.file = run.resolve(NAME);
        }

        /** Forces what was read to the disk. */
        public void sync() throws IOException {
            Folders.force(file);
        }

        /** Returns some of the events that were not returned before, oldest first; none where there are none yet. */
        public List<Recorded> next() throws IOException {
            if (!Files.exists(file)) {
                return List.of();
            }
            try (FileChannel lines = InputFile.open(file)) {
                ByteBuffer bytes = ByteBuffer.allocate((int) Math.max(0, Math.min(MOST_BYTES, lines.size() - read)));
                int count = bytes.hasRemaining() ? lines.read(bytes, read) : 0;
                int whole = Math.max(0, count);
                while (whole > 0 && bytes.get(whole - 1) != '\n') {
                    whole--;
                }
                read += whole == 0 && count == MOST_BYTES ? count : whole;
                return text(bytes.array(), whole)
                        .lines()
                        .flatMap(line -> parse(line).stream())
                        .toList();
            }
        }
    }

    private static Optional<Recorded> parse(String text) {
        try {
            if (!(Json.MAPPER.readTree(text) instanceof ObjectNode line)) {
                return Optional.empty();
            }
            long sequence = line.path("sequence").asLong();
            Instant time = Instant.parse(line.path("time").asText());
            RunEvent event = EVENTS.readValue(line);
            return Optional.of(new Recorded(sequence, time, line.path("step").asInt(), event));
        } catch (JacksonException | DateTimeException damagedOrNewer) {
            return Optional.empty();
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Forces the events to disk. */
    public void sync() {
        try {
            lines.force();
        } catch (IOException failed) {
            throw MetricsFile.failure(file, failed);
        }
    }

    @Override
    public void close() {
        try {
            lines.close();
        } catch (IOException failed) {
            throw MetricsFile.failure(file, failed);
        }
    }
}
