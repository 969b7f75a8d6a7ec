package org.align4j.core.data.encode;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;
import org.align4j.core.machine.DaemonPool;

/**
 * Applies a function to things in several threads and hands the results on in the order of the things, in the caller's
 * thread. Holds a bounded number of things at a time.
 *
 * @param <A> the things
 * @param <B> the results
 */
final class InOrder<A, B> implements AutoCloseable {
    private static final int THREADS = Math.min(2, Runtime.getRuntime().availableProcessors());
    private static final int CHUNK = 64;
    private static final int CHUNKS_AHEAD = 8;

    private final Function<A, B> function;
    private final Consumer<B> results;
    private final ExecutorService threads = DaemonPool.of(THREADS, "encode-rows");
    private final Deque<CompletableFuture<List<B>>> running = new ArrayDeque<>();
    private List<Function<Function<A, B>, B>> chunk = new ArrayList<>();

    InOrder(Function<A, B> function, Consumer<B> results) {
        this.function = function;
        this.results = results;
    }

    /** Adds one more thing to do. */
    void add(A thing) {
        chunk.add(f -> f.apply(thing));
        submitWhenFull();
    }

    /** A result that needs no work, in its place among the others. */
    void addDone(B result) {
        chunk.add(f -> result);
        submitWhenFull();
    }

    private void submitWhenFull() {
        if (chunk.size() == CHUNK) {
            submit();
            if (running.size() > CHUNKS_AHEAD) {
                takeOldest();
            }
        }
    }

    private void submit() {
        List<Function<Function<A, B>, B>> work = chunk;
        chunk = new ArrayList<>();
        running.add(CompletableFuture.supplyAsync(
                () -> work.stream().map(item -> item.apply(function)).toList(), threads));
    }

    private void takeOldest() {
        try {
            running.remove().join().forEach(results);
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Waits for the rest and hands it on. */
    void finish() {
        submit();
        while (!running.isEmpty()) {
            takeOldest();
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
