package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.align4j.core.error.FileFailure;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.core.files.LockFile;
import org.align4j.core.machine.MemoryLedger.Holding;
import org.jspecify.annotations.Nullable;

/**
 * The file of a {@link MemoryLedger}, a line of JSON a claim. It is changed in its place, under a lock of the operating system; what a kill
 * tears, its owners write again.
 */
final class LedgerFile {
    private static final int MOST_BYTES = 1 << 20;
    private static final long LONGEST_WAIT_NANOS = 2_000_000_000L;
    private static final long LOOK_EVERY_MILLIS = 5;

    private final Path file;
    private boolean saidWhy;

    LedgerFile(Path file) {
        this.file = file;
    }

    /** Returns the claims of living processes, read without its lock: what another process is writing at this moment may be missing. */
    List<Holding> standing() {
        try {
            boolean readable = Files.isRegularFile(file) && Files.size(file) <= MOST_BYTES;
            return readable ? living(LockFile.noteIn(file)) : List.of();
        } catch (IOException unreadable) {
            return List.of();
        }
    }

    /**
     * Changes the file while no other process does.
     *
     * @param says hears, once, why that can't be done
     * @param work gets the claims of living processes and returns those that are written
     * @return whether they were
     */
    boolean change(Consumer<String> says, UnaryOperator<List<Holding>> work) {
        try {
            Folders.makeParent(file);
            try (LockFile lock = take()) {
                if (lock == null) {
                    tell(says, "another process holds it");
                    return false;
                }
                StringBuilder lines = new StringBuilder();
                work.apply(living(lock.text(MOST_BYTES)))
                        .forEach(line -> lines.append(Json.text(line)).append('\n'));
                lock.note(lines.toString());
                return true;
            }
        } catch (IOException failed) {
            tell(says, FileFailure.reason(failed));
            return false;
        }
    }

    private void tell(Consumer<String> says, String why) {
        if (!saidWhy) {
            saidWhy = true;
            says.accept(format(
                    "%s can't be written (%s), so that other processes don't know what memory this one expects to hold; it goes on.",
                    file, why));
        }
    }

    private @Nullable LockFile take() throws IOException {
        long until = System.nanoTime() + LONGEST_WAIT_NANOS;
        LockFile lock = LockFile.tryTake(file);
        while (lock == null && System.nanoTime() < until) {
            try {
                Thread.sleep(LOOK_EVERY_MILLIS);
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
                return null;
            }
            lock = LockFile.tryTake(file);
        }
        return lock;
    }

    /** Returns what a text has of claims whose owners live; lines that are none, of a torn or damaged file, are left out. */
    private static List<Holding> living(String text) {
        List<Holding> living = new ArrayList<>();
        for (String line : text.lines().toList()) {
            try {
                Holding holding = Json.read(line, Holding.class);
                if (holding.bytes() >= 0 && holding.owner().isAlive(holding.seen())) {
                    living.add(holding);
                }
            } catch (JsonProcessingException | RuntimeException damaged) {
                // Whoever lives writes its line again.
            }
        }
        return living;
    }
}
