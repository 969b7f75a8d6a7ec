package org.align4j.core.generate;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.AnswerQueue.Answering;
import org.align4j.core.generate.AnswerQueue.Limits;
import org.align4j.core.generate.AnswerQueue.Listener;
import org.align4j.core.generate.AnswerQueue.Load;
import org.align4j.core.generate.AnswerQueue.QueueFull;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.GenerationKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Weights;
import org.jspecify.annotations.Nullable;

/** The threads of a queue and the requests that wait for them. Answers are shared out evenly; which thread makes one changes no bit of it. */
final class QueueWorkers {
    private static final int LEAVING_SECONDS = 5;

    private final BaseModel given;
    private final BaseModel base;
    private final AnswerEnds ends;
    private final int maxLength;
    private final Limits limits;
    private final Scope scope;
    private final QueueStep step;
    private final Engine engine;
    private final QueueVariant baseVariant;
    private final LongAdder drafted = new LongAdder();
    private final LongAdder draftedKept = new LongAdder();
    private final String machine;
    private final int vocabulary;
    private final long bytesPerPlace;
    private final Map<List<Object>, RowWidths> tried = new HashMap<>();
    private final List<QueueWorker> workers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final ExecutorService listeners = Executors.newCachedThreadPool(task -> daemon(task, "answer-listener"));
    private final Deque<QueuedAnswer> waiting = new ArrayDeque<>();
    private final int[] running;
    private final Map<QueueVariant, Integer> homes = new WeakHashMap<>();
    private int asked;
    private boolean closed;
    private @Nullable RuntimeException broken;

    QueueWorkers(BaseModel given, AnswerEnds ends, int maxLength, Limits limits) {
        this.given = given;
        this.base = given.asStored();
        this.ends = ends;
        this.maxLength = maxLength;
        this.limits = limits;
        this.vocabulary = base.decoder().vocabulary();
        this.bytesPerPlace = KeyValueCache.bytesPerPlace(base.decoder(), base.dtype());
        this.scope = base.engine().open();
        QueueStep bare = new QueueStep(scope, base);
        int count = Generator.isFasterSideBySide(base, bare.isJoined())
                ? base.engine().threads()
                : 1;
        this.engine = count == 1 ? base.engine() : Engine.on(base.engine().device(), 1);
        int places = places(count);
        QueryRows queries = QueryRows.tried(base, engine, maxLength);
        this.step = bare.with(queries);
        RowWidths widths = RowWidths.tried(step, base, engine);
        this.running = new int[count];
        for (int i = 0; i < count; i++) {
            QueueWorker worker = new QueueWorker(this, i, base, step, engine, places);
            workers.add(worker);
            threads.add(daemon(worker, "answers-" + i));
        }
        this.machine = GenerationKernels.hash()
                + base.dtype()
                + engine.device()
                + engine.threads()
                + queries
                + count
                + step.copiedBytes();
        this.baseVariant = new QueueVariant(base, step.pairs(base), widths, fingerprint(widths), () -> {});
        threads.forEach(Thread::start);
    }

    private int places(int count) {
        int answers = (limits.running() + count - 1) / count;
        long wanted = (long) answers * (maxLength + PlacePool.BLOCK) + PlacePool.BLOCK;
        long places = Math.min(wanted, limits.cacheBytes() / bytesPerPlace / count);
        if (places < 3L * PlacePool.BLOCK) {
            throw new InputException("the cache may have " + limits.cacheBytes() + " bytes but "
                    + 3L * PlacePool.BLOCK * bytesPerPlace * count
                    + " are the least that answers of this model need; allow more.");
        }
        return (int) Math.min(Integer.MAX_VALUE, places);
    }

    private String fingerprint(RowWidths widths) {
        return "align4j-"
                + Hashing.sha256()
                        .hashString(machine + widths, StandardCharsets.UTF_8)
                        .toString()
                        .substring(0, 10);
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Returns the base as a variant. */
    QueueVariant base() {
        return baseVariant;
    }

    /** Prepares weights over the base for requests. */
    QueueVariant variant(Weights weights, Runnable unused) {
        Scope own = base.engine().open();
        try {
            Weights stored = given.asStored(own, weights);
            QueueVariant.Pairs pairs = step.pairs(stored);
            RowWidths widths = widths(stored, pairs);
            return new QueueVariant(stored, pairs, widths, fingerprint(widths), () -> {
                own.close();
                unused.run();
            });
        } catch (RuntimeException | Error e) {
            own.close();
            throw e;
        }
    }

    /** Adapters whose products have the same shapes and scalings are tried once. */
    private synchronized RowWidths widths(Weights weights, QueueVariant.@Nullable Pairs pairs) {
        if (pairs == null) {
            return RowWidths.tried(step, base, engine, weights, null);
        }
        return tried.computeIfAbsent(pairs.kinds(), kinds -> RowWidths.tried(step, base, engine, weights, pairs));
    }

    /** Takes a request. */
    Answering submit(Request request, QueueVariant variant, Listener listener) {
        QueuedAnswer answer = new QueuedAnswer(
                request, variant, ends, limit(request), new Delivery(listener, listeners, limits.stall()));
        synchronized (this) {
            if (closed || broken != null) {
                throw new IllegalStateException("This queue is closed; open another.", broken);
            }
            if (waiting.size() >= limits.waiting() + Math.max(0, limits.running() - running())) {
                throw new QueueFull(waiting.size());
            }
            variant.use(answer);
            waiting.add(answer);
            notifyAll();
        }
        return () -> cancel(answer);
    }

    /** Returns how many tokens the answer may have. */
    private int limit(Request request) {
        int length = request.prompt().length;
        GenerationSettings settings = request.settings();
        if (settings != null) {
            ends.rules(settings.sampling()).requireWithin(vocabulary);
        }
        if (length > maxLength || (length == maxLength && settings != null)) {
            throw new InputException("the prompt has " + length
                    + (settings == null ? " tokens" : " tokens, which leaves no room for an answer")
                    + "; max-length is " + maxLength + ".");
        }
        int vocabulary = base.decoder().vocabulary();
        request.scores().requireFits(length, vocabulary);
        Arrays.stream(request.prompt())
                .filter(id -> id < 0 || id >= vocabulary)
                .findFirst()
                .ifPresent(id -> {
                    throw new InputException("the prompt has the token " + id + " but the model's ids are 0 to "
                            + (vocabulary - 1) + ".");
                });
        int limit = settings == null ? 0 : Math.min(maxLength - length, settings.maxNewTokens());
        int most = workers.get(0).most();
        if (length + limit > most) {
            throw new InputException(
                    "the prompt's " + length + " tokens and an answer of " + limit + " need more than the " + most
                            + " places of the cache; ask for fewer tokens, or allow more cache.");
        }
        return limit;
    }

    long copiedBytes() {
        return step.copiedBytes();
    }

    /** Hears of a draft that was read along, and how many of its tokens were kept. */
    void drafted(int tokens, int kept) {
        drafted.add(tokens);
        draftedKept.add(kept);
    }

    AnswerQueue.Drafts drafts() {
        return new AnswerQueue.Drafts(drafted.sum(), draftedKept.sum());
    }

    private void cancel(QueuedAnswer answer) {
        answer.cancel();
        boolean waited;
        synchronized (this) {
            waited = waiting.remove(answer);
        }
        if (waited) {
            answer.isOver();
            answer.variant().release(answer);
        }
    }

    /** Refuses requests by a variant from now on, ends its answers as cancelled, and waits until its weights were given back. */
    void end(QueueVariant variant) {
        variant.drop();
        variant.answers().forEach(this::cancel);
        variant.awaitFree();
    }

    synchronized Load load() {
        return new Load(
                waiting.size(),
                running(),
                workers.stream().mapToLong(QueueWorker::held).sum() * bytesPerPlace);
    }

    /**
     * Waits until a thread has something to do.
     *
     * @return false: the queue is closed
     */
    synchronized boolean awaitWork(int worker) {
        while (running[worker] == 0 && !closed && oldest(worker) == null) {
            try {
                wait();
            } catch (InterruptedException asked) {
                return false;
            }
        }
        return !closed;
    }

    private int running() {
        return Arrays.stream(running).sum();
    }

    /** Returns whether a thread has fewer answers than its share. */
    private boolean mayTake(int worker) {
        int all = running() + waiting.size();
        return running() < limits.running() && running[worker] < (all + workers.size() - 1) / workers.size();
    }

    /**
     * Returns the request that has waited longest of those that a thread may take now. Answers by one adapter are kept to one thread, which
     * reads its weights once for all of them and knows their prompts, unless that thread has its share, or no places.
     */
    private @Nullable QueuedAnswer oldest(int worker) {
        if (!mayTake(worker)) {
            return null;
        }
        return waiting.stream()
                .filter(answer ->
                        answer.isAnywhere() || home(answer.variant()) == worker || !mayTake(home(answer.variant())))
                .findFirst()
                .orElse(null);
    }

    /** Returns the thread that makes answers by some weights, dealt out in the order in which they were first asked for. */
    private int home(QueueVariant variant) {
        return homes.computeIfAbsent(variant, other -> asked++ % workers.size());
    }

    /**
     * Takes the request that has waited longest of those that a thread may take.
     *
     * @param place gives an answer places; null where there are none
     */
    synchronized <T> @Nullable T next(int worker, Function<QueuedAnswer, @Nullable T> place) {
        QueuedAnswer next = closed ? null : oldest(worker);
        if (next == null) {
            return null;
        }
        T placed = place.apply(next);
        if (placed == null) {
            next.goAnywhere();
        } else {
            waiting.remove(next);
            running[worker]++;
        }
        notifyAll();
        return placed;
    }

    /** Hears that an answer of a thread is over. */
    void left(int worker, QueuedAnswer answer) {
        synchronized (this) {
            running[worker]--;
            notifyAll();
        }
        answer.variant().release(answer);
    }

    /** Hears that a thread has ended. */
    void gone(@Nullable RuntimeException why) {
        List<QueuedAnswer> lost;
        synchronized (this) {
            if (why != null) {
                broken = why;
                closed = true;
            }
            lost = new ArrayList<>(waiting);
            waiting.clear();
            notifyAll();
        }
        for (QueuedAnswer answer : lost) {
            if (why == null) {
                answer.cancel();
                answer.isOver();
            } else {
                answer.fail(why);
            }
            answer.variant().release(answer);
        }
    }

    /** Ends all answers and frees the cache. */
    void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
        }
        baseVariant.drop();
        listeners.shutdown();
        try {
            if (!interrupted && !listeners.awaitTermination(LEAVING_SECONDS, TimeUnit.SECONDS)) {
                listeners.shutdownNow();
            }
        } catch (InterruptedException later) {
            interrupted = true;
        }
        scope.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
