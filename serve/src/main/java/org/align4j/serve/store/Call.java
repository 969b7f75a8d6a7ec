package org.align4j.serve.store;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * What distinguishes a repeated call from a new one.
 *
 * @param digest of the call's body
 * @param key the client's Idempotency-Key; null where it has none
 * @param retry whether the client says that it called before ({@code x-stainless-retry-count} above 0)
 */
public record Call(String digest, @Nullable String key, boolean retry) {
    /** A client repeats a call within minutes; a later call with the same body is a new one. */
    private static final Duration REPEATED_WITHIN = Duration.ofMinutes(15);

    /**
     * Finds the number of what the same call made before.
     *
     * @param table with the columns {@code number}, {@code project}, {@code digest}, {@code call_key} and {@code created}
     * @throws Refusal 400 where the key was used with another body
     */
    public Optional<Long> before(Sql sql, String table, String project) throws SQLException {
        if (key != null) {
            String found = "SELECT %s FROM " + table + " WHERE project = ? AND call_key = ?";
            List<String> digests = sql.texts(found.replace("%s", "digest"), project, key);
            if (!digests.isEmpty() && !digests.get(0).equals(digest)) {
                throw new Refusal(
                        400, "This Idempotency-Key was used with another request; send a new key with a new request.");
            }
            return number(sql.texts(found.replace("%s", "number"), project, key));
        }
        return retry
                ? number(sql.texts(
                        "SELECT number FROM " + table + " WHERE project = ? AND digest = ? AND created >= ?"
                                + " ORDER BY number DESC LIMIT 1",
                        project,
                        digest,
                        Instant.now().minus(REPEATED_WITHIN).getEpochSecond()))
                : Optional.empty();
    }

    private static Optional<Long> number(List<String> found) {
        return found.stream().findFirst().map(Long::valueOf);
    }
}
