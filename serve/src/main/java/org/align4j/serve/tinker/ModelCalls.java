package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.serve.files.Space;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one model in the order of their numbers, and what became of them, on the disk: a call is in the log before it is promised. The folder holds
 * {@code at-N/state}, the model after call N, {@code at-N/calls.log} with the calls after it, and {@code results-N.log}. Who goes on after a kill begins
 * with that state and makes those calls again. May be used from several threads.
 */
final class ModelCalls implements AutoCloseable {
    /** The folder in a snapshot that the model's state is written to; it isn't there where the model is as it began. */
    static final String STATE = "state";

    private static final String SNAPSHOT = "at-";
    private static final String LOG = "calls.log";

    /** What begins the names of the folders that weights are copied to which a call loads, before its number. */
    static final String COPY = "load-";

    private static final byte REFUSED = 100;
    private static final long MOST_AHEAD = 10_000;

    private final Path folder;
    private final Settings settings;
    private final NavigableMap<Long, Waiting> accepted = new TreeMap<>();
    private final CallResults results;
    private final Set<Long> refused = new HashSet<>();
    private CallLog log;
    private long snapshot;
    private long next;
    private long stray;
    private boolean closed;

    /**
     * Says how long and how much is kept.
     *
     * @param gapMillis that a call waits for one with a lower number
     * @param keptMillis that a result can be asked for
     * @param waitingBytes that calls which aren't made yet may take
     * @param freeBytes of the disk that calls are kept on
     * @param clock for all times
     */
    record Settings(long gapMillis, long keptMillis, long waitingBytes, LongSupplier freeBytes, InstantSource clock) {
        /** A gap waits two minutes; results are kept an hour. */
        static Settings usual(Path folder) {
            return new Settings(120_000, 3_600_000, 256L << 20, () -> Space.free(folder), InstantSource.system());
        }

        /** Refuses with 507 what is to be kept on a disk that is nearly full. */
        void requireRoom() {
            Space.requireRoom(freeBytes.getAsLong(), "what trains is kept on it");
        }
    }

    /** What a call asks for. */
    enum Kind {
        /** A forward, with a backward or without: the body is the message of Protocol Buffers. */
        FORWARD(1),
        /** A step of the optimizer; its body and those of the others are JSON. */
        STEP(2),
        /** Weights with the optimizer's state. */
        SAVE(3),
        /** Weights to sample from. */
        SAVE_SAMPLER(4),
        /** Weights for other programs. */
        SAVE_EXTERNAL(5),
        /** Weights that the model goes on from. */
        LOAD(6);

        private final byte code;

        Kind(int code) {
            this.code = (byte) code;
        }

        private static Kind of(byte code) {
            return Arrays.stream(values())
                    .filter(kind -> kind.code == code)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("a log holds a call of the kind " + code));
        }
    }

    /** How a result is written. */
    enum Form {
        /** A message of Protocol Buffers. */
        MESSAGE(1),
        /** A JSON document. */
        DOCUMENT(2),
        /** The JSON document of a failure, which the call keeps; nothing was changed. */
        FAILURE(3);

        private final byte code;

        Form(int code) {
            this.code = (byte) code;
        }

        byte code() {
            return code;
        }

        static Form of(byte code) {
            return Arrays.stream(values())
                    .filter(form -> form.code == code)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("a log holds a result of the form " + code));
        }
    }

    /** A call to be made; {@code known} where it was made before, so that only the model's state has to follow. */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    record Call(long number, Kind kind, byte[] body, boolean known) {}

    /** What became of a call. */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    record Outcome(Form form, byte[] body) {
        /** Says that a call failed, and whose fault that is: user or server. */
        static Outcome failed(String sentence, String category) {
            return new Outcome(Form.FAILURE, Json.bytes(Map.of("error", sentence, "category", category)));
        }

        /** Says what a call brought. */
        static Outcome document(Object document) {
            return new Outcome(Form.DOCUMENT, Json.bytes(document));
        }
    }

    private record Waiting(CallLog.Entry entry, long since) {}

    /** Opens the calls of a folder, which {@link #begin} made. */
    ModelCalls(Path folder, Settings settings) throws IOException {
        this.folder = folder;
        this.settings = settings;
        AtomicDirectory.sweep(folder, name -> name.startsWith(SNAPSHOT));
        this.snapshot = numbers(folder, SNAPSHOT).stream().max(Long::compare).orElse(0L);
        this.results = new CallResults(folder, settings);
        try {
            this.log = CallLog.open(at(snapshot).resolve(LOG));
        } catch (IOException | RuntimeException failed) {
            results.close();
            throw failed;
        }
        try {
            forgetSnapshots();
        } catch (IOException | RuntimeException failed) {
            close();
            throw failed;
        }
        for (CallLog.Entry entry : log.entries()) {
            if (entry.kind() == REFUSED) {
                refused.add(entry.number());
            } else {
                refused.remove(entry.number());
            }
        }
        rewind();
    }

    /** Returns whether a folder has calls to open; those of a model that nobody called for long are gone. */
    static boolean stand(Path folder) throws IOException {
        return Files.isDirectory(folder) && !numbers(folder, SNAPSHOT).isEmpty();
    }

    /** Deletes the calls of a folder that nobody has open, and the states that they led to. */
    static void delete(Path folder) throws IOException {
        for (Path entry : Folders.list(folder)) {
            String name = String.valueOf(entry.getFileName());
            if (name.startsWith(SNAPSHOT) || name.startsWith(CallResults.PREFIX) || name.startsWith(COPY)) {
                Folders.deleteTree(entry);
            }
        }
    }

    /** Begins a model's folder; {@code state} writes what the model begins from, and is null where that follows from its settings. */
    static void begin(Path folder, AtomicDirectory.@Nullable Content state) throws IOException {
        Folders.make(folder);
        AtomicDirectory.replace(folder.resolve(SNAPSHOT + 0), aside -> {
            if (state != null) {
                state.write(aside.resolve(STATE));
            }
        });
    }

    private Path at(long number) {
        return folder.resolve(SNAPSHOT + number);
    }

    /** Returns the highest number of a call that was made. */
    private long newest() {
        return Math.max(results.newest(), snapshot);
    }

    /** Returns the numbers in the names of a model's files or folders that begin alike. */
    static List<Long> numbers(Path folder, String prefix) throws IOException {
        List<Long> numbers = new ArrayList<>();
        for (Path entry : Folders.list(folder)) {
            String name = String.valueOf(entry.getFileName());
            if (name.matches(prefix + "\\d{1,18}(\\.log)?")) {
                numbers.add(Long.valueOf(name.substring(prefix.length()).replace(".log", "")));
            }
        }
        return numbers;
    }

    private void forgetSnapshots() throws IOException {
        for (long number : numbers(folder, SNAPSHOT)) {
            if (number < snapshot) {
                AtomicDirectory.delete(at(number));
            }
        }
    }

    /**
     * Takes a call in; it is on the disk when this returns. A repeated one changes nothing.
     *
     * @throws Refusal 400 where the number can't be the model's next ones, 410 where the call was made so long ago that its result is gone, 429 where
     *     too much waits, 507 where the disk is nearly full
     */
    synchronized void submit(long number, Kind kind, byte[] body) {
        requireOpen();
        Waiting waiting = accepted.get(number);
        if (waiting != null || results.has(number)) {
            if (waiting != null && waiting.entry.kind() != kind.code) {
                throw new Refusal(400, format("seq_id is %d, which another call of this model has; count on.", number));
            }
            return;
        }
        long reached = Math.max(next, newest() + 1);
        if (number < 1 || number > reached + MOST_AHEAD) {
            throw new Refusal(
                    400, format("seq_id is %d, but this model's next call has %d; count on.", number, reached));
        }
        if (number < reached && !refused.contains(number) && number <= snapshot) {
            throw gone(number);
        }
        if (number < reached) {
            throw new Refusal(
                    400, format("seq_id is %d, but later calls of this model were made already; count on.", number));
        }
        if (accepted.values().stream().mapToLong(each -> each.entry.length()).sum() > settings.waitingBytes) {
            throw Refusal.busy(429, "Calls of this model that aren't made yet take all the room for them; wait.", 5);
        }
        settings.requireRoom();
        write(() -> {
            clearStray();
            CallLog.Entry entry = log.append(number, settings.clock.millis(), kind.code, body, true);
            refused.remove(number);
            accepted.put(number, new Waiting(entry, settings.clock.millis()));
        });
        notifyAll();
    }

    /** Notes that a call was refused, so that the next one need not wait for it; a better one may still come first. */
    synchronized void refuse(long number) {
        requireOpen();
        boolean coming = number >= Math.max(next, newest() + 1) && number <= next + MOST_AHEAD;
        if (coming && !accepted.containsKey(number) && !refused.contains(number)) {
            write(() -> {
                clearStray();
                log.append(number, settings.clock.millis(), REFUSED, new byte[0], true);
                refused.add(number);
            });
        }
    }

    private static Refusal neverCame(long number) {
        return new Refusal(404, format("There is no promise of call %d; this model has no such call yet.", number));
    }

    private static Refusal gone(long number) {
        return new Refusal(
                410, format("The result of call %d is no longer kept; results are kept for an hour.", number));
    }

    /** Returns the call to be made now; empty where none waits, or the next one hasn't come. */
    synchronized Optional<Call> ready() {
        requireOpen();
        passOver();
        Waiting waiting = accepted.get(next);
        if (waiting == null) {
            return Optional.empty();
        }
        boolean known = results.has(next);
        Kind kind = Kind.of(waiting.entry.kind());
        return Optional.of(new Call(next, kind, Objects.requireNonNull(read(() -> log.body(waiting.entry))), known));
    }

    /** Returns whether a call waits that was never made and can be made now, after those that are made again. */
    synchronized boolean due() {
        passOver();
        long number = next;
        while (results.failed(number) || passes(number) || (accepted.containsKey(number) && results.has(number))) {
            number++;
        }
        return accepted.containsKey(number);
    }

    /** Goes past calls that nobody has to wait for: failed ones, and refused ones that another follows. */
    private void passOver() {
        while (results.failed(next) || passes(next)) {
            accepted.remove(next);
            next++;
        }
    }

    private boolean passes(long number) {
        return refused.contains(number) && !accepted.isEmpty() && number < accepted.lastKey();
    }

    /** Says what became of the call that {@link #ready} gave; {@code sure} where the disk must have it before the client does. */
    synchronized void done(Call call, Outcome outcome, boolean sure) {
        requireOpen();
        if (!call.known) {
            write(() -> results.keep(snapshot, call.number, outcome, sure));
        }
        accepted.remove(call.number);
        next = call.number + 1;
        notifyAll();
    }

    /** Begins again from the last snapshot, as after a kill: calls since then are made again, with the results that they had. */
    synchronized void rewind() {
        accepted.clear();
        for (CallLog.Entry entry : log.entries()) {
            if (entry.kind() != REFUSED && !results.failed(entry.number())) {
                accepted.put(entry.number(), new Waiting(entry, settings.clock.millis()));
            }
        }
        next = snapshot + 1;
    }

    /** Returns the folder of the state that {@link #ready}'s calls follow after {@link #rewind}; empty where the model begins again. */
    synchronized Optional<Path> state() {
        return Optional.of(at(snapshot).resolve(STATE)).filter(Files::isDirectory);
    }

    /** Makes the state after the calls made so far the one to begin from; where that fails, the former one is it still. */
    synchronized void snapshot(AtomicDirectory.Content state) throws IOException {
        requireOpen();
        long made = next - 1;
        if (made == snapshot) {
            return;
        }
        clearStray();
        results.force(snapshot);
        refused.removeIf(number -> number <= made);
        stray = made;
        CallLog fresh;
        try {
            AtomicDirectory.replace(at(made), aside -> {
                state.write(aside.resolve(STATE));
                copyRest(aside.resolve(LOG));
            });
            fresh = CallLog.open(at(made).resolve(LOG));
        } catch (IOException | RuntimeException failed) {
            try {
                clearStray();
            } catch (IOException again) {
                failed.addSuppressed(again); // what is written next clears it first
            }
            throw failed;
        }
        stray = 0;
        CallLog former = log;
        log = fresh;
        for (CallLog.Entry entry : log.entries()) {
            accepted.computeIfPresent(entry.number(), (number, waiting) -> new Waiting(entry, waiting.since));
        }
        snapshot = made;
        former.close();
        forgetSnapshots();
        results.forgetOld(snapshot);
    }

    /** Writes the calls that a state doesn't have to the log beside it. */
    private void copyRest(Path file) throws IOException {
        try (CallLog rest = CallLog.open(file)) {
            for (Map.Entry<Long, Waiting> each : accepted.entrySet()) {
                CallLog.Entry entry = each.getValue().entry;
                rest.append(entry.number(), entry.time(), entry.kind(), log.body(entry), false);
            }
            for (long number : refused) {
                rest.append(number, settings.clock.millis(), REFUSED, new byte[0], false);
            }
        }
    }

    /** Removes a state that was written but isn't gone on from: a start would take it for the newest, whose log lacks calls that came since. */
    private void clearStray() throws IOException {
        if (stray > 0) {
            AtomicDirectory.delete(at(stray));
            stray = 0;
        }
    }

    /** Returns the number of the last call whose effect a start finds in the state that it begins with. */
    synchronized long made() {
        return snapshot;
    }

    /** Returns the number of calls that a start would have to make again, and the bytes of all that is logged. */
    synchronized long[] sinceSnapshot() {
        return new long[] {next - 1 - snapshot, log.size()};
    }

    /** Fails calls that waited too long for one before them, and forgets results that are too old. */
    synchronized void sweep() {
        passOver();
        long now = settings.clock.millis();
        if (!accepted.isEmpty() && !accepted.containsKey(next)) {
            List<Long> lost = accepted.entrySet().stream()
                    .filter(each -> now - each.getValue().since >= settings.gapMillis)
                    .map(Map.Entry::getKey)
                    .toList();
            for (long number : lost) {
                if (!results.has(number)) {
                    String sentence = format(
                            "Call %d waited %d s for call %d, which never came; create a new training client from the last saved state.",
                            number, settings.gapMillis / 1000, next);
                    write(() -> results.keep(snapshot, number, Outcome.failed(sentence, "user"), true));
                    accepted.remove(number);
                }
            }
            notifyAll();
        }
        write(() -> results.forgetOld(snapshot));
    }

    /**
     * Waits for what became of a call.
     *
     * @return null where it isn't made within the time
     * @throws Refusal 410 where the result is no longer kept, 404 where the call never came
     */
    synchronized @Nullable Outcome await(long number, long millis) {
        long until = System.nanoTime() + millis * 1_000_000;
        while (true) {
            requireOpen();
            Outcome known = read(() -> results.find(number));
            if (known != null) {
                return known;
            }
            if (!accepted.containsKey(number)) {
                throw number > Math.max(next - 1, newest()) ? neverCame(number) : gone(number);
            }
            long left = (until - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return null;
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            }
        }
    }

    private interface Writing {
        void run() throws IOException;
    }

    private static void write(Writing writing) {
        try {
            writing.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Reading<T> {
        @Nullable
        T run() throws IOException;
    }

    private static <T> @Nullable T read(Reading<T> reading) {
        try {
            return reading.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new Refusal(503, "The server is stopping; ask again when it is back.");
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        notifyAll();
        try (results) {
            log.close();
        }
    }
}
