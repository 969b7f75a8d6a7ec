package org.align4j.serve.fireworks;

import io.javalin.http.Context;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.align4j.web.FreshId;

/** Addresses that work without a key for an hour, and not after the server's end: of files to fetch and to send. */
final class Links {
    private static final Duration LIFETIME = Duration.ofHours(1);

    /** Addresses of a project; the oldest goes for a new one, and none of another project's. */
    static final int MOST = 10_000;

    private final Map<String, Map<String, Link>> projects = new HashMap<>();

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
    String make(Context ctx, Link link) {
        return ctx.scheme() + "://" + ctx.host() + "/fireworks/links/" + add(link);
    }

    /** Keeps a link, and returns the last part of its address. */
    synchronized String add(Link link) {
        long now = System.nanoTime();
        Map<String, Link> links = projects.computeIfAbsent(link.project, fresh -> new LinkedHashMap<>());
        links.values().removeIf(each -> each.ends() - now < 0);
        if (links.size() >= MOST) {
            links.remove(links.keySet().iterator().next());
        }
        String token = FreshId.fresh("");
        links.put(token, link);
        return token;
    }

    /** Finds what an address leads to. */
    synchronized Optional<Link> find(String token) {
        return projects.values().stream()
                .map(links -> links.get(token))
                .filter(Objects::nonNull)
                .findFirst()
                .filter(link -> link.ends() - System.nanoTime() > 0);
    }

    /** Finds what an address leads to, which it does no more. */
    synchronized Optional<Link> use(String token) {
        Optional<Link> found = find(token);
        found.ifPresent(link -> {
            Map<String, Link> own = projects.get(link.project);
            if (own != null) {
                own.remove(token);
            }
        });
        return found;
    }
}
