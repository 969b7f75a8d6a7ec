package org.align4j.serve.fireworks;

import io.javalin.http.Context;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.align4j.web.FreshId;

/** Addresses that work without a key for an hour, and not after the server's end: of files to fetch and to send. */
final class Links {
    private static final Duration LIFETIME = Duration.ofHours(1);
    private static final int MOST = 10_000;

    private final Map<String, Link> links = new LinkedHashMap<>();

    /**
     * What an address leads to.
     *
     * @param project whose it is
     * @param name of the dataset to fill, or the id of the file to fetch
     * @param fileName as the client calls the file that it will send; empty for one to fetch
     * @param bytes that the file to send has
     * @param ends in nanoseconds of the system's clock
     */
    record Link(String project, String name, String fileName, long bytes, long ends) {
        /** Leads to a file or a dataset for an hour from now. */
        Link(String project, String name, String fileName, long bytes) {
            this(project, name, fileName, bytes, System.nanoTime() + LIFETIME.toNanos());
        }
    }

    /** Makes an address on the host that the client asked. */
    synchronized String make(Context ctx, Link link) {
        long now = System.nanoTime();
        links.values().removeIf(each -> each.ends() - now < 0);
        if (links.size() >= MOST) {
            links.remove(links.keySet().iterator().next());
        }
        String token = FreshId.fresh("");
        links.put(token, link);
        return ctx.scheme() + "://" + ctx.host() + "/fireworks/links/" + token;
    }

    /** Finds what an address leads to. */
    synchronized Optional<Link> find(String token) {
        return Optional.ofNullable(links.get(token)).filter(link -> link.ends() - System.nanoTime() > 0);
    }

    /** Finds what an address leads to, which it does no more. */
    synchronized Optional<Link> use(String token) {
        Optional<Link> found = find(token);
        links.remove(token);
        return found;
    }
}
