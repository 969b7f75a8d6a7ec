package org.align4j.core.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.align4j.core.error.RunException;
import org.align4j.core.stop.StopSignal;

/**
 * Does tasks in several threads, which don't keep the process alive, and hands their results on in the order of the tasks, in the
 * caller's thread: the same for any number of threads. The first failure in that order is thrown, and none of its queue's tasks after it is
 * begun; a stop request takes effect while results are awaited.
 */
public final class OrderedTasks implements AutoCloseable {
    private static final int LEAVING_SECONDS = 5;
    private static final long LOOK_EVERY_MILLIS = 100;

    private final String name;
    private final ThreadPoolExecutor threads;

    /**
     * Makes threads, which start with the first tasks.
     *
     * @param threads how many work at a time
     * @param name of each, as thread dumps have it
     */
    public OrderedTasks(int threads, String name) {
        this.name = name;
        this.threads =
                new ThreadPoolExecutor(threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, name);
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * Does tasks side by side, the first one in the caller's thread.
     *
     * @param tasks as many as there are threads, and one more
     * @throws RuntimeException what one of them threw, once all have ended
     */
    public void together(List<Runnable> tasks) {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        tasks.stream().skip(1).forEach(task -> all.add(CompletableFuture.runAsync(task, threads)));
        all.add(CompletableFuture.runAsync(tasks.get(0), Runnable::run));
        joined(CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)));
    }

    /**
     * Opens a queue of tasks whose results come in order.
     *
     * @param chunk tasks that a thread takes at a time
     * @param ahead chunks that are under way or wait, at most, while tasks are added
     * @param results takes the results in their order
     */
    public <R> Queue<R> queue(int chunk, int ahead, Consumer<R> results) {
        return new Queue<>(chunk, ahead, results);
    }

    private static <R> R joined(CompletableFuture<R> future) {
        try {
            return future.join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (failed.getCause() instanceof Error error) {
                throw error;
            }
            throw failed;
        }
    }

    /**
     * Begins no more tasks and waits until those that run have ended, so that what they paid for isn't lost.
     *
     * @param seconds the longest wait
     */
    public void endRunning(int seconds) {
        threads.getQueue().clear();
        threads.shutdown();
        awaitEnd(seconds);
    }

    /** Ends the threads: what they are at is interrupted and has ended before this returns, if it ends within seconds. */
    @Override
    public void close() {
        threads.shutdownNow();
        awaitEnd(LEAVING_SECONDS);
    }

    private void awaitEnd(int seconds) {
        try {
            threads.awaitTermination(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Holds tasks that wait or run, and their results. */
    public final class Queue<R> {
        private final int chunk;
        private final int ahead;
        private final Consumer<R> results;
        private final Deque<CompletableFuture<List<R>>> running = new ArrayDeque<>();
        private final AtomicLong firstFailed = new AtomicLong(Long.MAX_VALUE);
        private List<Supplier<R>> waiting = new ArrayList<>();
        private long submitted;

        private Queue(int chunk, int ahead, Consumer<R> results) {
            this.chunk = chunk;
            this.ahead = ahead;
            this.results = results;
        }

        /** Adds one more task; waits for the oldest where too many are under way. */
        public void add(Supplier<R> task) {
            waiting.add(task);
            if (waiting.size() >= chunk) {
                submit();
                if (running.size() > ahead) {
                    takeOldest();
                }
            }
        }

        private void submit() {
            List<Supplier<R>> tasks = waiting;
            waiting = new ArrayList<>();
            long place = submitted++;
            running.add(CompletableFuture.supplyAsync(() -> done(tasks, place), threads));
        }

        /** Does tasks, unless some before them failed: then nobody asks for theirs. */
        private List<R> done(List<Supplier<R>> tasks, long place) {
            if (firstFailed.get() < place) {
                throw new CancellationException("A task before this one failed.");
            }
            try {
                return tasks.stream().map(Supplier::get).toList();
            } catch (RuntimeException | Error failed) {
                firstFailed.accumulateAndGet(place, Math::min);
                throw failed;
            }
        }

        private void takeOldest() {
            CompletableFuture<List<R>> oldest = running.remove();
            do {
                StopSignal.throwIfStopped();
            } while (!isDone(oldest));
            joined(oldest).forEach(results);
        }

        private boolean isDone(CompletableFuture<List<R>> oldest) {
            try {
                oldest.get(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException waiting) {
                return false;
            } catch (ExecutionException failed) {
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new RunException("The wait for the " + name + " was interrupted.", e);
            }
            return true;
        }

        /** Waits for the rest and hands it on. */
        public void finish() {
            if (!waiting.isEmpty()) {
                submit();
            }
            while (!running.isEmpty()) {
                takeOldest();
            }
        }
    }
}
