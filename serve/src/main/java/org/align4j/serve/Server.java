package org.align4j.serve;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.train.TrainingLog;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Keys;
import org.align4j.serve.access.TokenLimits;
import org.align4j.serve.access.Usage;
import org.align4j.serve.batch.Batches;
import org.align4j.serve.chat.Shelf;
import org.align4j.serve.door.Answers;
import org.align4j.serve.door.ChatRoutes;
import org.align4j.serve.files.CarefulClock;
import org.align4j.serve.files.Space;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.files.Uploads;
import org.align4j.serve.fireworks.Fireworks;
import org.align4j.serve.fireworks.Resources;
import org.align4j.serve.grade.Graders;
import org.align4j.serve.grade.JobGrading;
import org.align4j.serve.job.Jobs;
import org.align4j.serve.mistral.Mistral;
import org.align4j.serve.mistral.ModelNotes;
import org.align4j.serve.openai.Azure;
import org.align4j.serve.openai.OpenAi;
import org.align4j.serve.page.Page;
import org.align4j.serve.store.Store;
import org.align4j.serve.tinker.Tinker;
import org.align4j.serve.together.Together;
import org.align4j.serve.webhook.Webhooks;
import org.align4j.web.AllowedAddresses;
import org.align4j.web.Limits;
import org.align4j.web.LocalServer;
import org.align4j.web.Outgoing;
import org.align4j.web.ServerThreads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running {@code align serve}: its parts, opened in order and closed in the reverse one. */
public final class Server implements AutoCloseable {
    /** The file in the server's folder that says how to reach it. */
    public static final String FILE = "serve.json";

    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final long SWEEP_SECONDS = 60;
    private static final int ANSWERS = 32;
    private static final long CACHE_BYTES = 1L << 30;
    private static final long TUNED_BYTES = 2L << 30;
    private static final Duration STALL = Duration.ofSeconds(30);
    private static final Duration WEBHOOK_TIME = Duration.ofSeconds(15);
    private static final int WEBHOOK_ANSWER_BYTES = 64 << 10;
    private static final Duration GRADER_TIME = Duration.ofSeconds(30);
    private static final int GRADER_ANSWER_BYTES = 1 << 20;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final LocalServer web;

    private Server(ServeOptions options, Limits limits, TrainingLog log) {
        try {
            web = open(options, limits, log);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Starts a server.
     *
     * @param log hears of models that are downloaded and loaded
     * @throws InputException where the folder, the address or the models can't be used; nothing was changed
     */
    public static Server start(ServeOptions options, TrainingLog log) {
        return start(options, Limits.usual(), log);
    }

    /** Starts a server with limits of its own. */
    static Server start(ServeOptions options, Limits limits, TrainingLog log) {
        return new Server(options, limits, log);
    }

    private LocalServer open(ServeOptions options, Limits limits, TrainingLog log) {
        LocalServer.Listening listening = new LocalServer.Listening(
                options.listening().host(),
                options.listening().port(),
                options.addresses().allowHost());
        boolean loopback = listening.address().isLoopbackAddress();
        Keys keys = new Keys(options.dir());
        if (!loopback && !keys.asked()) {
            throw new InputException("host is " + options.listening().host()
                    + ", which other machines reach, but there is no key; make one first: align keys --dir "
                    + options.dir()
                    + " create NAME.");
        }
        Path folder = folder(options.dir());
        Store store = opened(Store.open(folder));
        StoredFiles files =
                new StoredFiles(store, folder, Space.of(folder, options.limits().quota()), InstantSource.system());
        files.removeBy(new CarefulClock(InstantSource.system(), System::nanoTime, trouble -> LOG.warn("{}", trouble)));
        Uploads uploads = new Uploads(store, files, folder);
        Jobs.Settings trainings =
                new Jobs.Settings(folder, options.workers(), options.limits().maxQueue(), options.engine());
        Jobs jobs = opened(Jobs.open(store, files, trainings.telling(trouble -> LOG.warn("{}", trouble))));
        Access access = new Access(keys, loopback);
        Shelf shelf = opened(Shelf.open(options.models(), shelf(options), log));
        Usage usage = opened(new Usage(store, InstantSource.system(), trouble -> LOG.warn("{}", trouble)));
        TokenLimits tokens = new TokenLimits(
                options.limits().tokensPerMinute(), options.limits().keyTokensPerMinute());
        Answers answers = new Answers(
                shelf,
                (project, name) -> jobs.model(project, name)
                        .map(model -> new Shelf.Tuned(model.start().model(), model.adapter())),
                tokens,
                usage::add);
        Graders graders = opened(graders(options, answers));
        Batches.Settings batching = new Batches.Settings(
                options.limits().maxQueue(), InstantSource.system(), trouble -> LOG.warn("{}", trouble));
        Batches batches = Batches.open(store, files, answers::inBatch, batching);
        OpenAi openAi = new OpenAi(
                access, files, uploads, jobs, answers, graders, batches, options.models(), options.strictClients());
        ModelNotes notes = new ModelNotes(store);
        Mistral mistral = new Mistral(access, files, jobs, new ChatRoutes(answers), notes, options.models());
        Fireworks fireworks =
                new Fireworks(access, files, jobs, new ChatRoutes(answers), new Resources(store), options.models());
        Webhooks webhooks = opened(Webhooks.open(store, options.addresses().webhooks(), webhooks(options)));
        Metrics metrics = new Metrics(folder, access, jobs, shelf, usage, webhooks, openAi, this::requests);
        Together together = new Together(access, files, uploads, jobs, shelf, answers, options.models(), folder);
        Tinker tinker =
                Tinker.open(access, store, shelf, usage, Tinker.Place.usual(folder, options.models(), options.idle()));
        Page page = new Page(access, files, jobs, usage, folder);
        JobGrading grading = new JobGrading(graders, this::address);
        // Of parts with one prefix the first one says what is refused.
        LocalServer started = opened(LocalServer.start(
                listening,
                limits,
                List.of(
                        openAi,
                        new Azure(access, openAi),
                        together,
                        mistral,
                        fireworks,
                        tinker,
                        grading,
                        metrics,
                        page,
                        Page.files())));
        // Answers end before the requests that wait for them are given up.
        open.remove(shelf);
        open.push(shelf);
        open.push(batches);
        open.push(tinker);
        files.usedBy(jobs);
        files.usedBy(batches);
        jobs.whenGone(model -> shelf.drop(model.adapter()));
        jobs.whenGone(model -> notes.forget(model.project(), model.name()));
        sweepNowAndThen(files, uploads, tinker, store);
        jobs.start(grading);
        batches.start();
        tinker.start();
        usage.start();
        webhooks.start();
        announce(folder, started);
        return started;
    }

    private static Webhooks.Settings webhooks(ServeOptions options) {
        Outgoing outgoing = new Outgoing(
                AllowedAddresses.of(options.addresses().allowAddress()), WEBHOOK_TIME, WEBHOOK_ANSWER_BYTES);
        return new Webhooks.Settings(outgoing, InstantSource.system(), trouble -> LOG.warn("{}", trouble));
    }

    private static Graders graders(ServeOptions options, Answers answers) {
        return Graders.of(
                answers,
                new Outgoing(
                        AllowedAddresses.of(options.addresses().allowAddress()), GRADER_TIME, GRADER_ANSWER_BYTES));
    }

    private static Shelf.Settings shelf(ServeOptions options) {
        AnswerQueue.Limits limits = new AnswerQueue.Limits(options.limits().maxQueue(), ANSWERS, CACHE_BYTES, STALL);
        return new Shelf.Settings(options.engine(), limits, Duration.ofSeconds(options.idle()), TUNED_BYTES);
    }

    private <T extends AutoCloseable> T opened(T part) {
        open.push(part);
        return part;
    }

    private static Path folder(Path dir) {
        try {
            Path folder = dir.toAbsolutePath().normalize();
            Folders.make(folder);
            return folder;
        } catch (IOException e) {
            throw new InputException(
                    "dir is " + dir + ", which can't be made a folder: " + FileFailure.told(e) + ".", e);
        }
    }

    private void sweepNowAndThen(StoredFiles files, Uploads uploads, Tinker tinker, Store store) {
        ScheduledExecutorService sweeper =
                Executors.newSingleThreadScheduledExecutor(ServerThreads.forTasks("sweeper"));
        ScheduledFuture<?> unused = sweeper.scheduleWithFixedDelay(
                () -> {
                    try {
                        files.sweep();
                        uploads.sweep();
                        tinker.sweep();
                        store.emptyLog();
                    } catch (IOException | RuntimeException | Error e) {
                        ServerThreads.endIfLost(e);
                        LOG.warn("What is deleted or too old couldn't be removed; the next minute tries again.", e);
                    }
                },
                0,
                SWEEP_SECONDS,
                TimeUnit.SECONDS);
        open.push(() -> {
            sweeper.shutdownNow();
            boolean ended = Uninterruptibles.awaitTerminationUninterruptibly(sweeper, SWEEP_SECONDS, TimeUnit.SECONDS);
            if (!ended) {
                LOG.warn("Files were still being removed when the server ended.");
            }
        });
    }

    private void announce(Path folder, LocalServer started) {
        Path file = folder.resolve(FILE);
        try {
            AtomicFile.write(file, Json.document(document(started.address())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        open.push(() -> Folders.deleteIfExists(file));
    }

    private static Map<String, Object> document(URI address) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("url", address.toString());
        document.put("pid", ProcessHandle.current().pid());
        return document;
    }

    private Map<Integer, Long> requests() {
        return web.answers();
    }

    /** Returns what {@code serve.json} says: {@code url} and {@code pid}. */
    Map<String, Object> document() {
        return document(address());
    }

    /** Returns the address that clients on this machine reach the server by. */
    public URI address() {
        return web.address();
    }

    /** Ends running answers and trainers, which save; the next server goes on with their jobs. */
    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                LOG.warn("A part of the server couldn't be ended.", e);
            }
        }
    }
}
