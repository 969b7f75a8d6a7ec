package org.align4j.serve.together;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.files.Uploads;
import org.align4j.web.FreshId;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * The paths of one use and short life that bytes are sent to without a key. Whoever knows one may send what was announced for it, once. They aren't
 * kept over a restart of the server; the client then announces its file again.
 */
final class Tickets {
    /** How long a path may be used, from its announcement to the first byte. */
    static final Duration LIFETIME = Duration.ofMinutes(10);

    /** Paths that a project may have open; what one announces leaves no other without. */
    static final int MOST = 10_000;

    private static final int BUSY_SECONDS = 30;
    private static final int FORBIDDEN = 403;

    private final InstantSource clock;
    private final Map<String, Map<String, Ticket>> projects = new HashMap<>();

    Tickets(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * What a path is for.
     *
     * @param project whose file it will be
     * @param label of the file
     * @param id that the file will have
     * @param checksum SHA-256 that its bytes will have
     * @param upload that the path takes a part of; null where it takes the whole file
     * @param ends when the path may no longer be used
     */
    record Ticket(
            String project,
            StoredFiles.Label label,
            String id,
            String checksum,
            Uploads.@Nullable Upload upload,
            Instant ends) {}

    /** Opens a path and returns its last part. */
    synchronized String open(
            String project, StoredFiles.Label label, String id, String checksum, Uploads.@Nullable Upload upload) {
        Instant now = clock.instant();
        Map<String, Ticket> open = projects.computeIfAbsent(project, fresh -> new HashMap<>());
        if (open.size() >= MOST) {
            open.values().removeIf(ticket -> !ticket.ends.isAfter(now));
        }
        if (open.size() >= MOST) {
            throw Refusal.busy(
                    429,
                    "As many uploads were announced as one project may; send their bytes, or try again later.",
                    BUSY_SECONDS);
        }
        Instant ends = upload == null
                ? now.plus(LIFETIME)
                : Instant.ofEpochSecond(upload.life().expires());
        String token = FreshId.fresh("");
        open.put(token, new Ticket(project, label, id, checksum, upload, ends));
        return token;
    }

    /**
     * Uses a path up.
     *
     * @throws Refusal 403 where it was never opened, was used, or is too old
     */
    synchronized Ticket use(String token) {
        return projects.values().stream()
                .map(open -> open.remove(token))
                .filter(Objects::nonNull)
                .findFirst()
                .filter(ticket -> ticket.ends.isAfter(clock.instant()))
                .orElseThrow(
                        () -> new Refusal(
                                FORBIDDEN,
                                "This path was never given out, was used already, or is too old; announce the file again (POST /v1/files)."));
    }
}
