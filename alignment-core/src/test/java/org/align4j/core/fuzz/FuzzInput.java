package org.align4j.core.fuzz;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;

/**
 * Gives an input to a target and holds it to what is promised: it is read, or refused in one of the program's own ways and
 * in words; in time of the processor; and it allocates no more than a multiple of its own length.
 *
 * @param target what reads
 * @param folder for the files of one call at a time
 */
record FuzzInput(FuzzTarget target, Path folder) {
    private static final long SECONDS = 5;
    /** Bytes on the heap that any input may take, and as many for each of its own. */
    private static final long ALLOWANCE = 128L << 20;

    private static final long ALLOWANCE_PER_BYTE = 1 << 14;

    /** Ends in an {@link AssertionError} where a promise is broken. */
    static final class Broken extends AssertionError {
        private static final long serialVersionUID = 1L;

        Broken(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * Reads an input.
     *
     * @return whether it was taken; false where it was refused
     * @throws Broken where anything else happened
     */
    boolean read(byte[] input) throws IOException {
        Path own = Files.createDirectory(folder.resolve("input"));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = threads.getCurrentThreadAllocatedBytes();
        long begin = threads.getCurrentThreadCpuTime();
        try {
            boolean taken = taken(input, own);
            require(input.length, threads.getCurrentThreadAllocatedBytes() - allocated, threads.getCurrentThreadCpuTime() - begin);
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

    private static void require(int length, long bytes, long nanos) {
        if (bytes > ALLOWANCE + ALLOWANCE_PER_BYTE * length) {
            throw new Broken("allocated " + bytes + " bytes for an input of " + length, null);
        }
        if (TimeUnit.NANOSECONDS.toSeconds(nanos) >= SECONDS) {
            throw new Broken("took " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms of the processor", null);
        }
    }
}
