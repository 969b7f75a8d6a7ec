package org.align4j.spark;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;

/**
 * The values that work hands on, for one who takes them one by one: Spark's tasks ask for the next value, readers of files tell it. The work is
 * done by a thread of its own, which waits where it is a thousand values ahead, so that no more of them are held.
 */
final class Pushed<T> implements Iterator<T> {
    private static final int AHEAD = 1024;
    private static final Object END = new Object();

    private final BlockingQueue<Object> queue = new ArrayBlockingQueue<>(AHEAD);
    private @Nullable Object next;

    private record Failed(Throwable why) {}

    /** Starts the work, and ends it with the task that takes its values. */
    Pushed(Consumer<Consumer<T>> work) {
        Thread thread = new Thread(() -> run(work), "rows of a shard");
        thread.setDaemon(true);
        thread.start();
        TaskContext task = TaskContext.get();
        if (task != null) {
            TaskCompletionListener ended = any -> thread.interrupt();
            task.addTaskCompletionListener(ended);
        }
    }

    private void run(Consumer<Consumer<T>> work) {
        Object last = END;
        try {
            work.accept(this::put);
        } catch (Throwable e) { // told to the task, which throws it
            last = new Failed(e);
        }
        put(last);
    }

    private void put(Object value) {
        try {
            queue.put(value);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("The task that takes these values has ended.", e);
        }
    }

    @Override
    public boolean hasNext() {
        if (next == null) {
            try {
                next = queue.take();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while rows were read.", e);
            }
        }
        if (next instanceof Failed failed) {
            throw failed.why instanceof RuntimeException e ? e : new IllegalStateException(failed.why);
        }
        return next != END;
    }

    @Override
    @SuppressWarnings("unchecked") // what put was given
    public T next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        T value = (T) Objects.requireNonNull(next);
        next = null;
        return value;
    }
}
