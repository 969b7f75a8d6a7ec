package org.align4j.core.stop;

import java.util.concurrent.atomic.AtomicInteger;
import org.align4j.core.stop.StopSignal.Work;
import org.jspecify.annotations.Nullable;

/**
 * Asks pieces of work in this process to end, from any thread. The work meets the request where it would meet a signal, in {@link
 * StopSignal#throwIfStopped()}: on the thread that {@linkplain #during runs} it and on those that this thread starts meanwhile. Other
 * work of the process goes on.
 */
public final class StopRequest {
    private static final int EXIT_CODE = 130;
    private static final InheritableThreadLocal<@Nullable ActiveWork> OF_THREAD = new InheritableThreadLocal<>();

    private volatile boolean raised;

    /** Asks the work to end; asked again, nothing more happens. */
    public void raise() {
        raised = true;
    }

    /** Whether the process was asked to stop. */
    public boolean isRaised() {
        return raised;
    }

    /**
     * Does work that this request may end.
     *
     * @throws StoppedException if the request was raised and the work met it
     */
    public <T extends @Nullable Object, E extends Exception> T during(Work<T, E> work) throws E {
        ActiveWork before = OF_THREAD.get();
        ActiveWork now = new ActiveWork(this);
        OF_THREAD.set(now);
        try {
            return work.run();
        } finally {
            now.over = true;
            OF_THREAD.set(before);
        }
    }

    static void throwIfRaised() {
        ActiveWork own = OF_THREAD.get();
        if (own != null && own.request.raised && !own.over && own.deferrals.get() == 0) {
            throw new StoppedException("a request", EXIT_CODE);
        }
    }

    /** Has the work of this thread obey no request until what is returned runs. */
    static Runnable defer() {
        ActiveWork own = OF_THREAD.get();
        if (own == null) {
            return () -> {};
        }
        own.deferrals.incrementAndGet();
        return own.deferrals::decrementAndGet;
    }

    /** Holds one piece of work that a stop request interrupts. Threads that outlive the work no longer obey the request. */
    private static final class ActiveWork {
        private final StopRequest request;
        private final AtomicInteger deferrals = new AtomicInteger();
        private volatile boolean over;

        ActiveWork(StopRequest request) {
            this.request = request;
        }
    }
}
