package org.align4j.core.fuzz;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;

/**
 * Gives an input to a target and holds it to what is promised: it is read, or refused in one of the program's own ways and
 * in words; in time of the processor; and it allocates no more than a multiple of its own length.
 *
 * @param target what reads
 * @param folder for the files of one call at a time
 * @param allowance bytes on the heap that any input may take, beside some for each of its own
 */
record FuzzInput(FuzzTarget target, Path folder, long allowance) {
    private static final long SECONDS = 5;
    private static final long STACK = 1 << 20;
    private static final long ALLOWANCE_PER_BYTE = 1 << 14;

    /** Ends in an {@link AssertionError} where a promise is broken. */
    static final class Broken extends AssertionError {
        private static final long serialVersionUID = 1L;

        Broken(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * Reads an input on a thread of its own, which is left alone where it hangs.
     *
     * @return whether it was taken; false where it was refused
     * @throws Broken where anything else happened
     */
    boolean watched(byte[] input) throws IOException, InterruptedException {
        FutureTask<Boolean> reading = new FutureTask<>(() -> read(input));
        Thread thread = new Thread(null, reading, "fuzz input", STACK);
        thread.setDaemon(true);
        thread.start();
        java.lang.management.ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        while (true) {
            try {
                return reading.get(1, TimeUnit.SECONDS);
            } catch (TimeoutException slow) {
                if (TimeUnit.NANOSECONDS.toSeconds(threads.getThreadCpuTime(thread.getId())) >= 2 * SECONDS) {
                    Broken hangs = new Broken("hangs", null);
                    hangs.setStackTrace(thread.getStackTrace());
                    throw hangs;
                }
            } catch (ExecutionException failed) {
                throw failed.getCause() instanceof Broken broken
                        ? broken
                        : new Broken("ended in " + failed.getCause(), failed);
            }
        }
    }

    /**
     * Reads an input.
     *
     * @return whether it was taken; false where it was refused
     * @throws Broken where anything else happened
     */
    boolean read(byte[] input) throws IOException {
        Path own = Files.createTempDirectory(folder, "input");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = threads.getCurrentThreadAllocatedBytes();
        long begin = threads.getCurrentThreadCpuTime();
        try {
            boolean taken = taken(input, own);
            require(
                    input.length,
                    threads.getCurrentThreadAllocatedBytes() - allocated,
                    threads.getCurrentThreadCpuTime() - begin);
            return taken;
        } finally {
            FuzzFiles.delete(own);
        }
    }

    private boolean taken(byte[] input, Path own) {
        try {
            target.read(input, own);
            return true;
        } catch (InputException | RunException refusal) {
            String message = refusal.getMessage();
            if (message == null || message.isBlank()) {
                throw new Broken("refused without a word", refusal);
            }
            return false;
        } catch (Throwable stray) {
            throw new Broken("ended in " + stray, stray);
        }
    }

    private void require(int length, long bytes, long nanos) {
        if (bytes > allowance + ALLOWANCE_PER_BYTE * length) {
            throw new Broken("allocated " + bytes + " bytes for an input of " + length, null);
        }
        if (TimeUnit.NANOSECONDS.toSeconds(nanos) >= SECONDS) {
            throw new Broken("took " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms of the processor", null);
        }
    }
}
