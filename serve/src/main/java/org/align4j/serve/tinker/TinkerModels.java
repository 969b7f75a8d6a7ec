package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.align4j.core.LanguageModel;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.NotFiniteException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.machine.Memory;
import org.align4j.core.machine.MemoryLedger;
import org.align4j.core.session.ModelSession;
import org.align4j.serve.chat.Shelf;
import org.align4j.serve.tinker.ModelCalls.Kind;
import org.align4j.serve.tinker.ModelCalls.Outcome;
import org.align4j.serve.tinker.TinkerTable.Model;
import org.align4j.web.Refusal;
import org.align4j.web.ServerThreads;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models that clients train. One thread makes the calls of all, a turn of each model after the other, in the order in which they came. A model that
 * isn't used leaves memory, when its time is over or another needs the room, and comes back with the same bits. May be used from several threads.
 */
final class TinkerModels implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TinkerModels.class);
    private static final long LOOK_MILLIS = 500;
    private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long SNAPSHOT_REST_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final String FULL = "the server's disk is full; make room on it, and the call is made";
    private static final String MEMORY = "the model waits for memory that others have at the moment";
    private static final long END_SECONDS = 60;

    private final SavedWeights weights;
    private final Shelf shelf;
    private final TrainerSettings settings;
    private final Map<String, TrainedBase> bases = new LinkedHashMap<>();
    private final Map<String, Held> held = new LinkedHashMap<>();
    private final Set<Held> ready = new LinkedHashSet<>();
    private final Thread worker = ServerThreads.of("tinker-trainer", this::work, this::isClosed);
    private boolean closed;

    /** Trains models of the shelf; {@link #start} begins to. */
    TinkerModels(SavedWeights weights, Shelf shelf, TrainerSettings settings) {
        this.weights = weights;
        this.shelf = shelf;
        this.settings = settings;
    }

    /** A model's calls and, where it is there, the model in memory. */
    private static final class Held {
        private final Model row;
        private final ModelCalls calls;
        private @Nullable TrainedModel memory;
        private MemoryLedger.@Nullable Claim claim;
        private long bytes;
        private volatile long used = System.nanoTime();
        private volatile @Nullable String waits;
        private volatile @Nullable String broken;
        private long restsUntil = System.nanoTime();
        private long snapshotAfter = System.nanoTime();

        Held(Model row, ModelCalls calls) {
            this.row = row;
            this.calls = calls;
        }
    }

    /** Goes on with what the last server left, and begins to train. */
    void start() throws IOException {
        long recently = System.currentTimeMillis() - settings.calls().keptMillis();
        for (Model model : weights.table().models()) {
            Path folder = weights.folder(model.id());
            if (Files.isDirectory(folder) && lastCalled(folder) >= recently) {
                wake(hold(model));
            }
        }
        worker.start();
    }

    private static long lastCalled(Path folder) throws IOException {
        long last = 0;
        for (Path entry : Folders.list(folder)) {
            Path log = entry.resolve("calls.log");
            last = Math.max(
                    last,
                    Files.isRegularFile(log) ? Files.getLastModifiedTime(log).toMillis() : 0);
        }
        return last;
    }

    /** Returns the base that clients call so, where models can be trained on it. */
    Optional<TrainedBase> base(String name) {
        synchronized (bases) {
            TrainedBase known = bases.get(name);
            if (known == null) {
                ModelSession session = shelf.session(name)
                        .filter(each -> each.place().adapter() == null)
                        .orElse(null);
                if (session == null) {
                    return Optional.empty();
                }
                known = new TrainedBase(name, session, LanguageModel.over(session, () -> shelf.reader(name)));
                bases.put(name, known);
            }
            return Optional.of(known);
        }
    }

    /**
     * Makes a model where none has its id; the one that has it.
     *
     * @param state writes what it goes on from; null where it begins again
     */
    synchronized Model create(Model wanted, AtomicDirectory.@Nullable Content state) throws IOException {
        requireOpen();
        Optional<Model> known = weights.table().model(wanted.project(), wanted.id());
        if (known.isPresent()) {
            return known.get();
        }
        settings.calls().requireRoom();
        ModelCalls.begin(weights.folder(wanted.id()), state);
        return weights.table().add(wanted);
    }

    private void requireOpen() {
        if (closed) {
            throw new Refusal(503, "The server is stopping; ask again when it is back.");
        }
    }

    private synchronized Held hold(Model model) {
        requireOpen();
        return held.computeIfAbsent(model.id(), id -> {
            try {
                if (!ModelCalls.stand(weights.folder(id))) {
                    throw new Refusal(
                            410,
                            format(
                                    "The model wasn't called for %d days, and only weights that it saved are left;"
                                            + " create a new one from these.",
                                    Retention.DAYS));
                }
                return new Held(model, new ModelCalls(weights.folder(id), settings.calls()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Deletes a model's calls, where nobody has called it since a time; its saved weights stay. */
    synchronized boolean deleteCalls(Model model, long since) throws IOException {
        if (held.containsKey(model.id()) || lastCalled(model) >= since) {
            return false;
        }
        ModelCalls.delete(weights.folder(model.id()));
        return true;
    }

    /**
     * Takes a call of a model in; see {@link ModelCalls#submit}.
     *
     * @throws Refusal 400 where the model only holds a copy of weights
     */
    void submit(Model model, long number, Kind kind, byte[] body) {
        if (!model.making().trains()) {
            throw new Refusal(
                    400,
                    "This training run holds a copy of another's weights and can't be trained; load them into a new"
                            + " one.");
        }
        Held own = hold(model);
        own.calls.submit(number, kind, body);
        own.used = System.nanoTime();
        wake(own);
    }

    /** Notes that a call was refused; see {@link ModelCalls#refuse}. */
    void refuse(Model model, long number) {
        if (model.making().trains()) {
            hold(model).calls.refuse(number);
        }
    }

    /** Waits for what became of a call; see {@link ModelCalls#await}. */
    @Nullable
    Outcome await(Model model, long number, long millis) {
        Held own = hold(model);
        String why = own.broken;
        Outcome outcome = own.calls.await(number, why == null ? millis : 0);
        return outcome == null && why != null ? Outcome.failed(why, "server") : outcome;
    }

    /** Says what a model waits for; null where its calls are being made, or there are none. */
    @Nullable
    String waitsFor(Model model) {
        return hold(model).waits;
    }

    /** Returns when a model was last called, in milliseconds since 1970; when it was made where that isn't known. */
    long lastCalled(Model model) {
        try {
            return Math.max(model.created().toEpochMilli(), lastCalled(weights.folder(model.id())));
        } catch (IOException e) {
            return model.created().toEpochMilli();
        }
    }

    /** Counts the models in memory. */
    synchronized int inMemory() {
        return (int) held.values().stream().filter(each -> each.memory != null).count();
    }

    private synchronized void wake(Held own) {
        ready.add(own);
        notifyAll();
    }

    private void work() {
        try {
            long swept = System.nanoTime();
            while (true) {
                Held own = next();
                if (isClosed()) {
                    return;
                }
                if (own != null) {
                    turn(own);
                }
                if (System.nanoTime() - swept > TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS)) {
                    sweep();
                    swept = System.nanoTime();
                }
            }
        } catch (InterruptedException e) {
            // the server ends
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized @Nullable Held next() throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS);
        long left = LOOK_MILLIS;
        while (ready.isEmpty() && !closed && left > 0) {
            wait(left);
            left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
        }
        Iterator<Held> first = ready.iterator();
        if (!first.hasNext()) {
            return null;
        }
        Held own = first.next();
        first.remove();
        return own;
    }

    private void turn(Held own) throws InterruptedException {
        if (own.restsUntil - System.nanoTime() > 0) {
            return; // the next sweep wakes it
        }
        try {
            if (own.broken != null) {
                failAll(own);
            } else if (isToBeMade(own)) {
                make(own);
            }
        } catch (IOException failed) {
            restOrGiveUp(own, FileFailure.told(failed), failed);
        } catch (RuntimeException | Error failed) {
            restOrGiveUp(own, String.valueOf(failed.getMessage()), failed);
        }
    }

    private boolean isToBeMade(Held own) {
        TrainedModel model = own.memory;
        if (model != null && model.isWithin()) {
            return true;
        }
        if (base(own.row.making().base()).isEmpty()) {
            own.waits = format(
                    "the model belongs to %s, which this server wasn't started with; name it in --models",
                    own.row.making().base());
            return false;
        }
        if (own.calls.due()) {
            return true;
        }
        own.waits = null;
        return false;
    }

    private void make(Held own) throws IOException, InterruptedException {
        TrainedModel model = own.memory == null ? bring(own) : own.memory;
        if (model == null) {
            own.waits = MEMORY;
            TimeUnit.MILLISECONDS.sleep(20);
            wake(own);
            return;
        }
        own.used = System.nanoTime();
        model.turn();
        own.waits = null;
        if (model.isSpoilt()) {
            drop(own);
        } else if (!model.isWithin()) {
            keepShort(own, model);
        }
        wake(own);
    }

    /** A full disk is waited for; else a model is given up that can't be gone on with, whose saved weights stay. */
    private void restOrGiveUp(Held own, String why, Throwable failed) {
        if (own.broken == null && FileFailure.isDiskFull(failed)) {
            if (own.waits == null) {
                LOG.warn("The disk is full ({}); {} waits for room on it.", why, own.row.id());
            }
            own.waits = FULL;
            own.restsUntil = System.nanoTime() + REST_NANOS;
            return;
        }
        LOG.warn("The model {} can't be gone on with.", own.row.id(), failed);
        if (own.broken == null) {
            own.broken = format("The model can't be gone on with: %s; begin again from its last saved state.", why);
            drop(own);
            wake(own);
        }
    }

    private static void failAll(Held own) {
        String why = String.valueOf(own.broken);
        while (own.calls.due()) {
            own.calls.ready().ifPresent(call -> own.calls.done(call, Outcome.failed(why, "server"), false));
        }
    }

    private void keepShort(Held own, TrainedModel model) {
        long[] since = own.calls.sinceSnapshot();
        boolean much = since[0] >= settings.snapshotCalls() || since[1] >= settings.snapshotBytes();
        if (much && own.snapshotAfter - System.nanoTime() <= 0 && !model.snapshot()) {
            own.snapshotAfter = System.nanoTime() + SNAPSHOT_REST_NANOS;
        }
    }

    /** Brings a model into memory, and others out of it where that is needed; null where there is no room at the moment. */
    private @Nullable TrainedModel bring(Held own) throws IOException {
        TrainedBase base = base(own.row.making().base())
                .orElseThrow(() -> new IOException("this server no longer has the model "
                        + own.row.making().base()));
        long bytes = base.bytes(own.row.making().lora());
        MemoryLedger.Claim claim =
                room(own, bytes, base.session().base().engine().profile().apart());
        if (claim == null) {
            return null;
        }
        try {
            TrainedModel model = TrainedModel.bring(own.row, own.calls, base, weights);
            own.claim = claim;
            own.bytes = bytes;
            synchronized (this) {
                own.memory = model;
            }
            return model;
        } catch (IOException | RuntimeException | Error failed) {
            claim.close();
            throw failed;
        }
    }

    private MemoryLedger.@Nullable Claim room(Held own, long bytes, boolean elsewhere) throws IOException {
        if (bytes > settings.bytes()) {
            throw new IOException("it takes " + Memory.text(bytes) + " of memory, and models in training may take "
                    + Memory.text(settings.bytes()) + " here together");
        }
        while (true) {
            long taken = inMemoryNow().stream().mapToLong(each -> each.bytes).sum();
            MemoryLedger.Claim claim = taken + bytes > settings.bytes()
                    ? null
                    : MemoryLedger.shared()
                            .enterIfFree("training of " + own.row.id(), elsewhere ? 0 : bytes, said -> {});
            if (claim != null) {
                return claim;
            }
            Optional<Held> other = inMemoryNow().stream()
                    .filter(each -> each.memory != null && !each.memory.isWithin())
                    .min(Comparator.comparingLong(each -> each.used));
            if (other.isEmpty()) {
                return null;
            }
            putAway(other.get());
        }
    }

    private synchronized List<Held> inMemoryNow() {
        return held.values().stream().filter(each -> each.memory != null).toList();
    }

    private void putAway(Held own) {
        TrainedModel model = own.memory;
        if (model != null) {
            try {
                model.snapshot();
            } catch (NotFiniteException dead) {
                LOG.warn("The weights of {} are no numbers any more.", own.row.id(), dead);
            }
            drop(own);
        }
    }

    /** Frees a model's memory; what isn't in its snapshot is made again from the log. */
    private void drop(Held own) {
        TrainedModel model = own.memory;
        if (model != null) {
            synchronized (this) {
                own.memory = null;
            }
            model.close();
            own.bytes = 0;
        }
        MemoryLedger.Claim claim = own.claim;
        if (claim != null) {
            claim.close();
            own.claim = null;
        }
        own.calls.rewind();
    }

    private void sweep() {
        List<Held> all;
        synchronized (this) {
            all = List.copyOf(held.values());
        }
        long now = System.nanoTime();
        for (Held own : all) {
            try {
                own.calls.sweep();
                boolean idle = now - own.used >= TimeUnit.MILLISECONDS.toNanos(settings.idleMillis());
                if (own.memory != null && idle && !own.memory.isWithin() && !own.calls.due()) {
                    putAway(own);
                }
                forget(own, now);
                if (own.waits != null) {
                    wake(own);
                }
            } catch (IOException | RuntimeException e) {
                LOG.warn("The model {} couldn't be put away; the next moment tries again.", own.row.id(), e);
            }
        }
    }

    /** Closes the files of a model that nobody called since its last results were dropped. */
    private synchronized void forget(Held own, long now) throws IOException {
        long since = TimeUnit.NANOSECONDS.toMillis(now - own.used);
        if (own.memory == null && since > settings.calls().keptMillis() + settings.idleMillis() && !own.calls.due()) {
            held.remove(own.row.id());
            own.calls.close();
        }
    }

    /** Ends the call that is being made, puts all models away and frees them. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        Uninterruptibles.joinUninterruptibly(worker, END_SECONDS, TimeUnit.SECONDS);
        if (worker.isAlive()) {
            LOG.warn("A call was still being made when the server ended; the next one makes it again.");
            return;
        }
        for (Held own : held.values()) {
            putAway(own);
            try {
                own.calls.close();
            } catch (IOException e) {
                LOG.warn("The calls of {} couldn't be closed.", own.row.id(), e);
            }
        }
        bases.values().forEach(base -> base.model().close());
    }
}
