package org.align4j.serve.files;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file that a client sent, or a job made.
 *
 * @param id {@code file-…}
 * @param project whose it is
 * @param label what a file is called, and what it is for
 * @param bytes its length
 * @param life when a file came, and when it goes
 * @param problem why its rows can't be read; null where they can
 * @param content where its bytes lie
 */
public record StoredFile(
        String id,
        String project,
        Label label,
        long bytes,
        Life life,
        @Nullable String problem,
        Path content) {
    /**
     * What a file is called, and what it is for.
     *
     * @param name as the client calls it; never part of a path
     * @param purpose such as {@code fine-tune}
     */
    public record Label(String name, String purpose) {}

    /**
     * When a file came, and when it goes.
     *
     * @param created in seconds
     * @param expires in seconds; null where it stays
     */
    public record Life(long created, @Nullable Long expires) {}

    /** The purpose of files that hold rows to train on. */
    public static final String FINE_TUNE = "fine-tune";

    /** The purpose of files with the figures of a job's steps. */
    public static final String RESULTS = "fine-tune-results";
}
