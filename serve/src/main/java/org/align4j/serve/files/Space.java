package org.align4j.serve.files;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** How much may still be written: the disk's room and each project's quota, what is on its way included. */
public final class Space {
    /** Bytes that stay free for the database, the runs and whoever else uses the disk. */
    static final long KEPT_FREE = 64L << 20;

    private static final int TOO_MANY = 429;
    private static final int DISK_FULL = 507;

    private final Free free;
    private final @Nullable Long quota;
    private final Map<String, Long> coming = new ConcurrentHashMap<>();

    /** Returns a disk's free bytes. */
    @FunctionalInterface
    public interface Free {
        /** Returns how many bytes can still be written. */
        long bytes() throws IOException;
    }

    /**
     * Space on a disk.
     *
     * @param quota bytes that a project may have; null for any number
     */
    public Space(Free free, @Nullable Long quota) {
        this.free = free;
        this.quota = quota;
    }

    /** Returns the space of the disk that a folder is on. */
    public static Space of(Path folder, @Nullable Long quota) {
        return new Space(() -> Files.getFileStore(folder).getUsableSpace(), quota);
    }

    /**
     * Takes room for bytes that are about to be written.
     *
     * @param kept returns the bytes that a project has already
     * @throws Refusal 507 where the disk has no room, 429 where the quota is used up
     */
    void take(String project, long bytes, ToLongFunction<String> kept) throws IOException {
        if (free.bytes() - bytes < KEPT_FREE) {
            throw full();
        }
        long all = coming.merge(project, bytes, Long::sum);
        if (quota != null && kept.applyAsLong(project) + all > quota) {
            give(project, bytes);
            throw new Refusal(
                            TOO_MANY,
                            "The project's files would take more than its quota of " + quota
                                    + " bytes; delete some, or start the server with a larger --quota.",
                            Map.of("Retry-After", "60", "x-should-retry", "false"))
                    .about("file", "insufficient_quota");
        }
    }

    /** Gives room back, once bytes are in place or gone. */
    void give(String project, long bytes) {
        coming.merge(project, -bytes, Long::sum);
    }

    /** Returns the bytes that a folder's disk has left; very many where the disk doesn't say. */
    public static long free(Path folder) {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException unknown) {
            return Long.MAX_VALUE;
        }
    }

    /**
     * Refuses what is to be kept on a disk that is nearly full.
     *
     * @param why it needs room, such as "a job needs more"
     * @throws Refusal 507
     */
    public static void requireRoom(long free, String why) {
        if (free < KEPT_FREE) {
            throw new Refusal(
                    DISK_FULL,
                    format(
                            "The server's disk has less than %d MiB left, and %s; make room and try again.",
                            KEPT_FREE >> 20, why));
        }
    }

    /** Says that the disk is full. */
    static Refusal full() {
        return new Refusal(
                        DISK_FULL,
                        "The server's disk has no room for the file; delete files, or free the disk that --dir is on.",
                        Map.of("x-should-retry", "false"))
                .about("file", "insufficient_storage");
    }
}
