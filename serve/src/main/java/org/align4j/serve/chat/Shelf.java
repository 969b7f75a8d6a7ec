package org.align4j.serve.chat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.generate.AnswerEnds;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.lora.AdaptableModule;
import org.align4j.core.lora.AdapterFolder;
import org.align4j.core.machine.Memory;
import org.align4j.core.machine.MemoryLedger;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.text.ControlTokens;
import org.align4j.core.text.PlainRows;
import org.align4j.core.train.TrainingLog;
import org.align4j.web.ServerThreads;
import org.jspecify.annotations.Nullable;

/**
 * Holds the models that answer: bases stay; a tuned model is loaded when somebody asks for it, beside its base where it is an adapter on one,
 * and leaves when nobody asked for a while, or when another needs its memory. A name is looked up and never becomes a path. May be used from
 * several threads.
 */
public final class Shelf implements AutoCloseable {
    /** Texts come as many at a time as one call of a client has; nobody listens who could be slow. */
    private static final AnswerQueue.Limits READING =
            new AnswerQueue.Limits(1 << 16, 32, 1L << 30, Duration.ofMinutes(10));

    private final Settings settings;
    private final LongSupplier clock;
    private final Map<String, Base> bases = new LinkedHashMap<>();
    private final Map<Path, Held> tuned = new LinkedHashMap<>();
    private final IdentityHashMap<ModelSession, Reader> readers = new IdentityHashMap<>();
    private final Thread sweeper = ServerThreads.of("align-shelf", this::sweepOn, this::isClosed);
    private boolean closed;

    private Shelf(Settings settings, LongSupplier clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Says how models are held.
     *
     * @param engine where and how they are computed
     * @param limits of each base's queue
     * @param idle after which a tuned model that nobody asks leaves memory
     * @param tunedBytes memory that tuned models may take together
     */
    public record Settings(EngineOptions engine, AnswerQueue.Limits limits, Duration idle, long tunedBytes) {}

    /**
     * A tuned model on disk.
     *
     * @param base the directory or the name on the hub of the model that it is on
     * @param folder a PEFT adapter, or a whole model
     */
    public record Tuned(String base, Path folder) {}

    /** Says that a tuned model finds no memory while others answer; a moment later it may. */
    public static final class NoRoom extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoRoom(String message) {
            super(message);
        }
    }

    /**
     * Loads the bases.
     *
     * @param models directories or names on the hub by the names that clients use; several names of one model share it
     * @param log hears of downloads and of how models are held
     * @throws org.align4j.core.error.InputException where a model can't be loaded or is no language model
     */
    public static Shelf open(Map<String, String> models, Settings settings, TrainingLog log) {
        return open(models, settings, log, System::nanoTime);
    }

    static Shelf open(Map<String, String> models, Settings settings, TrainingLog log, LongSupplier clock) {
        Shelf shelf = new Shelf(settings, clock);
        try {
            Map<Path, Base> known = new LinkedHashMap<>();
            new TreeMap<>(models).forEach((name, model) -> {
                ModelPlace place = ModelPlace.of(model, null, log.downloads());
                Path lies = place.trained().toAbsolutePath().normalize();
                shelf.bases.put(name, known.computeIfAbsent(lies, path -> shelf.base(model, place, log)));
            });
            shelf.sweeper.start();
            return shelf;
        } catch (RuntimeException | Error e) {
            shelf.close();
            throw e;
        }
    }

    private Base base(String model, ModelPlace place, TrainingLog log) {
        TemplateOptions template = new TemplateOptions(null, Map.of(), null, ControlTokens.ESCAPE, PlainRows.NONE);
        ModelOptions options = new ModelOptions(model, null, null, settings.engine, template);
        ModelSession session = ModelSession.openAt(place, options, log);
        try {
            session.requireLanguageModel();
            ChatModel.Voice voice = new ChatModel.Voice(session.text().within(session.maxLength()));
            AnswerEnds ends =
                    AnswerEnds.load(place.model(), () -> session.text().tokenizer());
            AnswerQueue queue = new AnswerQueue(session.base(), ends, session.maxLength(), settings.limits);
            AnswerQueue.Variant variant = place.adapter() == null
                    ? queue.base()
                    : queue.add(session.policy().weights(), () -> {});
            ChatModel made =
                    new ChatModel(queue, variant, voice, ChatModel.Vectors.of(session.policy()), session.maxLength());
            return new Base(session, queue, made, claim(session, queue));
        } catch (RuntimeException | Error e) {
            session.close();
            throw e;
        }
    }

    /** Claims what the keys and values of running answers take at most, with the queue's copies of matrices. */
    private MemoryLedger.Claim claim(ModelSession session, AnswerQueue queue) {
        AnswerQueue.Limits limits = settings.limits;
        long longest = session.generator().bytes(limits.running(), session.maxLength());
        long bytes = session.base().engine().profile().apart() ? 0 : Math.min(limits.cacheBytes(), longest);
        return MemoryLedger.shared()
                .enter("answers of " + session.place().model(), bytes + queue.copiedBytes(), said -> {});
    }

    /** A model with a queue of its own. */
    private record Base(ModelSession session, AnswerQueue queue, ChatModel model, MemoryLedger.Claim cache)
            implements AutoCloseable {
        @Override
        public void close() {
            queue.close();
            session.close();
            cache.close();
        }
    }

    /** Returns the base that clients call so; it stays in memory until the shelf is closed. */
    public Optional<ChatModel> base(String name) {
        return Optional.ofNullable(bases.get(name)).map(Base::model);
    }

    /** Returns the ends of the names of a base's linear modules, which LoRA can be put on. */
    public List<String> targets(String name) {
        return Optional.ofNullable(bases.get(name)).stream()
                .flatMap(base -> AdapterValues.modules(base.session.base().decoder()).stream())
                .filter(AdaptableModule::innerLinear)
                .map(module -> module.name().substring(module.name().lastIndexOf('.') + 1))
                .distinct()
                .toList();
    }

    /** Returns the open model behind a base's name, for what computes beside its answers; the shelf closes it. */
    public Optional<ModelSession> session(String name) {
        return Optional.ofNullable(bases.get(name)).map(Base::session);
    }

    /**
     * Returns a queue over a base that reads texts for what computes beside its answers, so that neither waits for the other's places; it is
     * opened when first asked for, and the shelf closes it.
     */
    public AnswerQueue reader(String name) {
        ModelSession session = session(name).orElseThrow();
        synchronized (readers) {
            return readers.computeIfAbsent(session, this::openReader).queue;
        }
    }

    private Reader openReader(ModelSession session) {
        AnswerQueue queue = session.queue(READING);
        return new Reader(queue, claim(session, queue));
    }

    private record Reader(AnswerQueue queue, MemoryLedger.Claim cache) {}

    /** Returns the names of the bases. */
    public List<String> names() {
        return List.copyOf(bases.keySet());
    }

    /**
     * Lends a tuned model, loaded where it isn't in memory; it stays there at least until the loan is closed.
     *
     * @throws NoRoom where models that answer take all the memory for tuned ones
     * @throws org.align4j.core.error.InputException where the folder doesn't hold what it should
     */
    public Loan lend(Tuned wanted) {
        Held held;
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("the shelf of models is closed");
            }
            held = tuned.get(wanted.folder);
            if (held == null) {
                long bytes = bytes(wanted);
                held = new Held(wanted, bytes, room(wanted, bytes));
                tuned.put(wanted.folder, held);
            }
            held.loans++;
        }
        try {
            return new Loan(held.model(), held);
        } catch (RuntimeException | Error e) {
            giveBack(held);
            throw e;
        }
    }

    /** A tuned model that stays in memory until it is given back. */
    public final class Loan implements AutoCloseable {
        private final ChatModel model;
        private @Nullable Held held;

        private Loan(ChatModel model, Held held) {
            this.model = model;
            this.held = held;
        }

        /** Returns the model. */
        public ChatModel model() {
            return model;
        }

        @Override
        public synchronized void close() {
            if (held != null) {
                giveBack(held);
                held = null;
            }
        }
    }

    /** Drops a tuned model that was deleted, once nobody uses it. */
    public synchronized void drop(Path folder) {
        Held held = tuned.get(folder);
        if (held != null && held.loans == 0) {
            remove(held);
        } else if (held != null) {
            held.dropped = true;
        }
    }

    /** Returns how many tuned models are in memory. */
    public synchronized int tuned() {
        return tuned.size();
    }

    /** Returns what the queues of all bases have to do. */
    public List<AnswerQueue.Load> loads() {
        return bases.values().stream().distinct().map(base -> base.queue.load()).toList();
    }

    private synchronized void giveBack(Held held) {
        held.loans--;
        held.used = clock.getAsLong();
        if (held.loans == 0 && (closed || held.dropped || !held.loaded())) {
            remove(held);
        }
    }

    private void sweepOn() throws InterruptedException {
        while (!isClosed()) {
            Thread.sleep(Math.max(1_000, settings.idle.toMillis() / 4));
            sweep();
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** Drops what nobody asked for a while. */
    synchronized void sweep() {
        long now = clock.getAsLong();
        tuned.values().stream()
                .filter(held -> held.loans == 0 && now - held.used >= settings.idle.toNanos())
                .toList()
                .forEach(this::remove);
    }

    /** Makes room for a model, by dropping those that nobody uses, and claims it among all processes of the machine. */
    private MemoryLedger.Claim room(Tuned wanted, long bytes) {
        if (bytes > settings.tunedBytes) {
            throw new NoRoom("The model takes " + Memory.text(bytes) + " of memory, and tuned models may take "
                    + Memory.text(settings.tunedBytes) + " here together.");
        }
        boolean elsewhere = bases.values().stream()
                .anyMatch(base -> base.session.base().engine().profile().apart());
        while (true) {
            long held = tuned.values().stream().mapToLong(each -> each.bytes).sum();
            MemoryLedger.Claim claim = held + bytes > settings.tunedBytes
                    ? null
                    : MemoryLedger.shared()
                            .enterIfFree("tuned model " + wanted.folder, elsewhere ? 0 : bytes, said -> {});
            if (claim != null) {
                return claim;
            }
            remove(tuned.values().stream()
                    .filter(each -> each.loans == 0)
                    .min(Comparator.comparingLong(each -> each.used))
                    .orElseThrow(() -> new NoRoom("The model takes " + Memory.text(bytes)
                            + " of memory, which models that answer and jobs that train leave no room for at this"
                            + " moment; ask again in a moment.")));
        }
    }

    private void remove(Held held) {
        tuned.remove(held.wanted.folder, held);
        held.close();
    }

    /** Weights are held in fp32 at most, and files hold 16 bits at least. */
    private static long bytes(Tuned wanted) {
        try (Stream<Path> files = Files.list(wanted.folder)) {
            long sum = 0;
            for (Path file : files.filter(each -> each.toString().endsWith(".safetensors"))
                    .toList()) {
                sum += 2 * Files.size(file);
            }
            return sum;
        } catch (IOException e) {
            return 0; // loading it says what is wrong
        }
    }

    /** A tuned model in memory, or on its way there. Who asks for it meanwhile waits; other models don't. */
    private final class Held implements AutoCloseable {
        private final Tuned wanted;
        private final long bytes;
        private int loans;
        private boolean dropped;
        private long used = clock.getAsLong();
        private @Nullable ChatModel model;
        private final MemoryLedger.Claim claim;
        private Runnable closer = () -> {};

        Held(Tuned wanted, long bytes, MemoryLedger.Claim claim) {
            this.wanted = wanted;
            this.bytes = bytes;
            this.claim = claim;
        }

        synchronized ChatModel model() {
            ChatModel known = model;
            if (known == null) {
                known = load();
                model = known;
            }
            return known;
        }

        synchronized boolean loaded() {
            return model != null;
        }

        private ChatModel load() {
            boolean adapter = AdapterFolder.isOne(wanted.folder);
            ModelPlace place = adapter
                    ? ModelPlace.of(wanted.base, wanted.folder.toString())
                    : ModelPlace.of(wanted.folder.toString(), null);
            Optional<Base> beside = bases.values().stream()
                    .filter(base -> adapter
                            && base.session.place().adapter() == null
                            && lies(base.session.place()).equals(lies(place)))
                    .findFirst();
            if (beside.isEmpty()) {
                Base own = base(wanted.base, place, TrainingLog.SILENT);
                closer = own::close;
                claim.close(); // the session has one of its own
                return own.model;
            }
            Base base = beside.get();
            ModelSession session = base.session.beside(place);
            try {
                AnswerQueue.Variant variant = base.queue.add(session.policy().weights(), session::close);
                closer = variant::close;
                return new ChatModel(
                        base.queue,
                        variant,
                        base.model.voice(),
                        ChatModel.Vectors.of(session.policy()),
                        base.model.maxLength());
            } catch (RuntimeException | Error e) {
                session.close();
                throw e;
            }
        }

        @Override
        public synchronized void close() {
            closer.run();
            closer = () -> {};
            claim.close();
        }
    }

    private static Path lies(ModelPlace place) {
        return place.model().toAbsolutePath().normalize();
    }

    /** Frees all models; answers that run are cancelled. */
    @Override
    public void close() {
        sweeper.interrupt();
        List<Held> left;
        synchronized (this) {
            closed = true;
            left = List.copyOf(tuned.values());
            tuned.clear();
        }
        left.forEach(Held::close);
        synchronized (readers) {
            readers.values().forEach(reader -> {
                reader.queue.close();
                reader.cache.close();
            });
            readers.clear();
        }
        bases.values().stream().distinct().forEach(Base::close);
        bases.clear();
    }
}
