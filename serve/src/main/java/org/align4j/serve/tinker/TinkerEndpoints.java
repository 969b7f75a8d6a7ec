package org.align4j.serve.tinker;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.serve.door.Endpoint;

/** What becomes of the calls of tinker's SDK: the table that the documentation shows. */
final class TinkerEndpoints {
    /** All calls below {@code /api/v1}, in the order in which a program makes them. */
    static final List<Endpoint> TABLE = Endpoint.table(TinkerEndpoints.class);

    /** What the statuses mean that this wire answers with, and what the SDK does then; 409 isn't among them, for the SDK repeats it. */
    static final Map<Integer, String> STATUSES = new TreeMap<>(Map.ofEntries(
            Map.entry(
                    200,
                    "done; a call that failed is a promise with error and category (user, server), which is final"),
            Map.entry(204, "deleted, or its time is set"),
            Map.entry(400, "the call can't be; nothing was changed, and the next call doesn't wait for this one"),
            Map.entry(401, "a key is needed that isn't there or isn't good"),
            Map.entry(403, "the key may not, or the address of a download is too old"),
            Map.entry(404, "not here, another project's, or a promise of a call that never came"),
            Map.entry(408, "the promise isn't kept yet (type try_again); the SDK asks again at once"),
            Map.entry(
                    410,
                    "the result is older than an hour, the samples are those of a server that ended, the model wasn't called for 30 days, or the session was finished"),
            Map.entry(413, "the body has more than 64 MB"),
            Map.entry(415, "the body is of another type, or compressed"),
            Map.entry(429, "no room at the moment; the SDK waits and asks again"),
            Map.entry(500, "an error of the server, which its log explains"),
            Map.entry(503, "the server is ending or answers as much as it can; the SDK asks again"),
            Map.entry(507, "the disk is full, or nearly so; the SDK asks again")));

    private TinkerEndpoints() {}
}
