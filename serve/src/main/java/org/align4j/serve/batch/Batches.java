package org.align4j.serve.batch;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.align4j.core.error.FileFailure;
import org.align4j.serve.access.Rotation.Who;
import org.align4j.serve.batch.Batch.Problem;
import org.align4j.serve.batch.Batch.State;
import org.align4j.serve.batch.BatchLines.Examined;
import org.align4j.serve.batch.BatchTable.Kept;
import org.align4j.serve.chat.TokenCount;
import org.align4j.serve.files.FileUser;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.job.Jobs.Slice;
import org.align4j.serve.store.Call;
import org.align4j.serve.store.Store;
import org.align4j.web.Refusal;
import org.align4j.web.ServerThreads;
import org.jspecify.annotations.Nullable;

/**
 * The batches of a server, over its restarts. One thread examines them, ends them and writes their files; some answer, a request of each project and
 * key in turn. What became of a request is on the disk before the next one is begun in its place, so that none is given twice and none is lost.
 */
public final class Batches implements FileUser, AutoCloseable {
    private static final int AT_ONCE = 8;
    private static final int READ_AT_ONCE = 4;
    private static final long LOOK_MILLIS = 1000;
    private static final long PAUSE_AFTER_TROUBLE_MILLIS = 5000;
    private static final int BUSY_SECONDS = 30;

    private final Store store;
    private final StoredFiles files;
    private final Answering answering;
    private final Settings settings;
    private final BatchRuns runs = new BatchRuns(READ_AT_ONCE);
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closed;

    private Batches(Store store, StoredFiles files, Answering answering, Settings settings) {
        this.store = store;
        this.files = files;
        this.answering = answering;
        this.settings = settings;
    }

    /**
     * What batches are run with.
     *
     * @param maxQueue batches that may wait
     * @param clock says when one has had its time
     * @param log receives a sentence of what a person who runs the server should know
     */
    public record Settings(int maxQueue, InstantSource clock, Consumer<String> log) {}

    /** Answers one request of a batch. */
    @FunctionalInterface
    public interface Answering {
        /**
         * Answers a request, or says why not, as the batch's endpoint would.
         *
         * @throws Refusal 503 or 429 where there is no room at the moment
         */
        Answered answer(Batch.Asked batch, JsonNode body);
    }

    /**
     * What a request's answer is.
     *
     * @param status of HTTP
     * @param body of the answer, or of the refusal
     * @param tokens that were read and made
     */
    public record Answered(int status, Map<String, ?> body, TokenCount tokens) {}

    /** Takes the batches of a server in hand; {@link #start} lets them go on. */
    public static Batches open(Store store, StoredFiles files, Answering answering, Settings settings) {
        return new Batches(store, files, answering, settings);
    }

    /** Lets batches go on that weren't over when the last server ended. */
    public void start() {
        begin("batch-keeper", this::keep);
        for (int i = 0; i < AT_ONCE; i++) {
            begin("batch-" + i, this::answer);
        }
    }

    private void begin(String name, ServerThreads.Work work) {
        Thread thread = ServerThreads.of(name, work, () -> closed);
        threads.add(thread);
        thread.start();
    }

    private long now() {
        return settings.clock.instant().getEpochSecond();
    }

    /**
     * Takes a batch in; a repeated call answers with the batch that it made before.
     *
     * @throws Refusal 503 where too many batches wait, 400 where a key was used with another body
     */
    public Batch create(Batch.Asked asked, Call call) {
        Batch batch = store.write(connection -> {
            BatchTable table = new BatchTable(connection);
            Optional<Long> before = call.before(table.sql(), "batches", asked.project());
            if (before.isPresent()) {
                return table.get(before.get()).batch();
            }
            if (table.countUnfinished() >= settings.maxQueue()) {
                throw Refusal.busy(
                        503,
                        format(
                                "%d batches wait already, which are as many as may; try again later.",
                                settings.maxQueue()),
                        BUSY_SECONDS);
            }
            return table.add(asked, call, now()).batch();
        });
        runs.wake();
        return batch;
    }

    /** Finds a batch of a project. */
    public Optional<Batch> find(String project, String id) {
        return store.read(
                connection -> new BatchTable(connection).find(project, id).map(Kept::batch));
    }

    /**
     * Lists batches of a project, the newest first.
     *
     * @param after id of the batch before the first; null begins with the newest
     * @throws Refusal 400 where {@code after} is no batch of the project
     */
    public Slice<Batch> list(String project, @Nullable String after, int limit) {
        return store.read(connection -> {
            BatchTable table = new BatchTable(connection);
            long below = after == null ? Long.MAX_VALUE : table.sql().place("batches", "project", project, after);
            return Slice.of(
                    table.list(project, below, limit + 1).stream()
                            .map(Kept::batch)
                            .toList(),
                    limit);
        });
    }

    /** Ends a batch; what was answered stays. Refuses (400) one that is over. */
    public Batch cancel(Batch batch) {
        Kept after = store.write(connection -> {
            BatchTable table = new BatchTable(connection);
            Kept kept = table.find(batch.asked().project(), batch.id()).orElseThrow();
            boolean cancelled = kept.batch().state() == State.CANCELLING
                    || table.move(kept.number(), State.CANCELLING, now(), State.VALIDATING, State.IN_PROGRESS);
            if (!cancelled) {
                throw new Refusal(
                        400,
                        format(
                                "Cannot cancel a batch with status '%s'.",
                                kept.batch().state().word()));
            }
            return table.get(kept.number());
        });
        runs.drop(after.number());
        runs.wake();
        return after.batch();
    }

    /** Returns whether a batch that isn't over needs a file of a project. */
    @Override
    public boolean needs(String project, String file) {
        return store.read(connection -> new BatchTable(connection).needs(project, file));
    }

    /** Takes the names that clients wrote into a file out of what batches say is wrong with its lines. */
    @Override
    public void forget(String project, String file) {
        store.change(connection -> new BatchTable(connection).forgetLines(project, file));
    }

    /** Examines, begins and ends batches as they come due. */
    private void keep() {
        try {
            while (!closed) {
                boolean more = false;
                Set<Who> examined = new HashSet<>();
                for (Kept kept : store.read(connection -> new BatchTable(connection).unfinished())) {
                    if (kept.batch().state() == State.VALIDATING && !examined.add(BatchRuns.who(kept))) {
                        more = true; // others' first
                        continue;
                    }
                    try {
                        keep(kept);
                    } catch (IOException | RuntimeException failed) {
                        settings.log.accept(
                                format("Batch %s waits: %s.", kept.batch().id(), FileFailure.reason(failed)));
                        TimeUnit.MILLISECONDS.sleep(PAUSE_AFTER_TROUBLE_MILLIS);
                    }
                }
                if (!more) {
                    runs.await(LOOK_MILLIS);
                }
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private void keep(Kept kept) throws IOException {
        Batch batch = kept.batch();
        long number = kept.number();
        boolean late = now() >= batch.created() + Batch.WINDOW;
        switch (batch.state()) {
            case VALIDATING -> examine(kept);
            case IN_PROGRESS -> {
                if (late) {
                    runs.drop(number);
                } else if (!runs.isOver(number)) {
                    read(kept);
                    return;
                }
                if (runs.isIdle(number)) {
                    end(
                            kept,
                            late
                                    && batch.counts().completed()
                                                    + batch.counts().failed()
                                            < batch.counts().total());
                }
            }
            case CANCELLING -> {
                runs.drop(number);
                if (runs.isIdle(number)) {
                    end(kept, false);
                }
            }
            default -> end(kept, false);
        }
    }

    private Optional<Path> input(Batch batch) {
        return files.rows(batch.asked().project(), batch.asked().input());
    }

    private void examine(Kept kept) throws IOException {
        Batch batch = kept.batch();
        Optional<Path> file = input(batch);
        Examined found = file.isPresent()
                ? BatchLines.examine(file.get(), batch.asked().endpoint())
                : new Examined(null, 0, List.of(gone(batch)));
        store.change(connection -> {
            BatchTable table = new BatchTable(connection);
            State next = found.problems().isEmpty() ? State.IN_PROGRESS : State.FAILED;
            if (table.move(kept.number(), next, now(), State.VALIDATING)) {
                table.examined(kept.number(), found.model(), found.total(), found.problems());
            }
        });
        runs.wake();
    }

    private static Problem gone(Batch batch) {
        return new Problem(
                "invalid_input_file",
                "The file " + batch.asked().input() + " was deleted before the batch began.",
                null,
                "input_file_id");
    }

    /** Begins to hand out a batch's requests, where it isn't begun and there is room. */
    private void read(Kept kept) throws IOException {
        if (runs.hasRoom(kept)) {
            Path file = input(kept.batch()).orElseThrow(() -> new IOException("its file is gone"));
            runs.add(
                    kept,
                    BatchLines.open(file),
                    store.read(connection -> new BatchTable(connection).lines(kept.number())));
        }
    }

    /** Writes a batch's files and ends it; where this was broken off, what is left of it is done. */
    private void end(Kept kept, boolean late) throws IOException {
        long number = kept.number();
        State end = kept.batch().state() == State.CANCELLING
                ? State.CANCELLED
                : kept.batch().times().containsKey(State.EXPIRED) || late ? State.EXPIRED : State.COMPLETED;
        new BatchResults(store, files, kept).write(end, input(kept.batch()).orElse(null), now());
        runs.forget(number);
    }

    /** Answers requests until the server ends. */
    private void answer() {
        try {
            while (!closed) {
                try {
                    answer(runs.take());
                } catch (RuntimeException failed) {
                    settings.log.accept(format("Requests of batches wait: %s.", failed.getMessage()));
                    TimeUnit.MILLISECONDS.sleep(PAUSE_AFTER_TROUBLE_MILLIS);
                }
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private void answer(BatchRuns.Turn turn) throws InterruptedException {
        Batch batch = turn.kept().batch();
        try {
            Answered answered = answered(batch, turn.request().body());
            BatchTable.Line line = BatchResults.line(turn.request(), answered);
            store.change(connection ->
                    new BatchTable(connection).answered(turn.kept().number(), line));
            runs.done(turn);
        } catch (Refusal busy) {
            runs.putBack(turn);
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        } catch (RuntimeException | Error failed) {
            runs.putBack(turn);
            throw failed;
        }
    }

    private Answered answered(Batch batch, JsonNode body) {
        try {
            return answering.answer(batch.asked(), body);
        } catch (StackOverflowError deep) {
            String message = "The request is nested too deep to be read.";
            return new Answered(
                    400, Map.of("error", Map.of("message", message, "type", "invalid_request_error")), TokenCount.NONE);
        }
    }

    /** Lets answers that are on their way be given up; the next server begins them again. */
    @Override
    public void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
        try {
            for (Thread thread : threads) {
                thread.join(TimeUnit.SECONDS.toMillis(BUSY_SECONDS));
            }
            runs.close();
        } catch (InterruptedException inHaste) {
            Thread.currentThread().interrupt();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
