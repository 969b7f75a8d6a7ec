package org.align4j.web;

import static org.align4j.core.error.RootFormat.format;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the threads of a server that work for others. None of them dies alone: what fails is logged and begun again. Where Java itself is at its
 * end, as where its heap is used up, the whole process ends with a sentence and the exit code {@value #ENDED}. Whoever supervises it starts
 * it again.
 */
public final class ServerThreads {
    /** The exit code of a server whose Java heap is used up. */
    public static final int ENDED = 3;

    private static final Logger LOG = LoggerFactory.getLogger(ServerThreads.class);
    private static final long PAUSE_MILLIS = 1000;

    /** Written without any new object, for which there may be no room. */
    private static final byte[] LAST_WORDS =
            ("align: The server ends, for Java has no memory left on its heap. What was taken in is kept: start the"
                            + " server again, as systemd and containers do by themselves, with a larger ALIGN4J_HEAP where this"
                            + " comes back.\n")
                    .getBytes(StandardCharsets.UTF_8);

    private ServerThreads() {}

    /** Work that waits now and then, until it is interrupted. */
    @FunctionalInterface
    public interface Work {
        /** Works until the server ends. */
        void run() throws InterruptedException;
    }

    /**
     * Makes a thread, which the caller starts. Where its work throws, it is begun again after a moment, unless the server has ended.
     *
     * @param ended whether the work is no longer wanted
     */
    public static Thread of(String name, Work work, BooleanSupplier ended) {
        Thread thread = new Thread(() -> again(name, work, ended), name);
        thread.setDaemon(true);
        return thread;
    }

    /** Returns what makes threads for tasks, each of which fails by itself. */
    public static ThreadFactory forTasks(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    private static void again(String name, Work work, BooleanSupplier ended) {
        try {
            while (true) {
                try {
                    work.run();
                    return;
                } catch (RuntimeException | Error failed) {
                    endIfLost(failed);
                    if (ended.getAsBoolean()) {
                        return;
                    }
                    LOG.warn("{} met trouble and is begun again in a moment.", name, failed);
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the process where any of its threads, started here or elsewhere, ends by an error of Java's own. */
    public static void watchAll() {
        Thread.setDefaultUncaughtExceptionHandler((thread, failed) -> {
            endIfLost(failed);
            LOG.warn(format("Thread %s ended.", thread.getName()), failed);
        });
    }

    /** Ends the process where what was thrown says that Java can't go on; a stack that is too deep is none of these. */
    public static void endIfLost(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof VirtualMachineError && !(cause instanceof StackOverflowError)) {
                end();
            }
        }
    }

    private static void end() {
        try (FileOutputStream out = new FileOutputStream(FileDescriptor.err)) {
            out.write(LAST_WORDS);
        } catch (IOException | OutOfMemoryError unheard) {
            // The exit code says it.
        } finally {
            Runtime.getRuntime().halt(ENDED);
        }
    }
}
