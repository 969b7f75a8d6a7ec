package org.align4j.web;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.config.Key;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.json.JsonMapper;
import java.lang.reflect.Type;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Json;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server of HTTP on one machine. It answers while it is open; closing it lets running answers end, for some seconds. The text of requests,
 * and the keys in them, are never logged.
 */
public final class LocalServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalServer.class);
    private static final Key<Limits> LIMITS = new Key<>("limits");
    private static final int SPARE_THREADS = 16;
    private static final long STOP_MILLIS = 5000;

    private final Listening listening;
    private final Limits limits;
    private final List<Routes> parts;
    private volatile Strangers strangers;
    private final Door door;
    private final Map<Integer, LongAdder> answers = new ConcurrentHashMap<>();
    private final Javalin javalin;

    /**
     * Where a server listens.
     *
     * @param host a name or an address of this machine
     * @param port 0 for any that is free
     * @param allowHost names, with or without a port, that a proxy may call the server by
     */
    public record Listening(String host, int port, List<String> allowHost) {
        /** Keeps what was given. */
        public Listening {
            allowHost = List.copyOf(allowHost);
        }

        /** Returns the address that is listened on. */
        public InetAddress address() {
            try {
                return InetAddress.getByName(host);
            } catch (UnknownHostException e) {
                throw new InputException(
                        "host is " + host + ", which is no address of this machine; 127.0.0.1 is usual.", e);
            }
        }
    }

    private LocalServer(Listening listening, Limits limits, List<Routes> parts) {
        this.listening = listening;
        this.limits = limits;
        this.parts = parts.stream()
                .sorted(Comparator.comparingInt((Routes part) -> part.prefix().length())
                        .reversed())
                .toList();
        this.strangers = Strangers.to(listening.address(), -1, listening.allowHost());
        this.door = new Door(() -> strangers, limits.requests(), this::told);
        this.javalin = Javalin.create(this::configure);
    }

    /**
     * Starts a server.
     *
     * @param parts what it serves; a request belongs to the part with the longest prefix that its path begins with
     * @throws InputException if the address is not this machine's or the port is taken
     */
    public static LocalServer start(Listening listening, Limits limits, List<Routes> parts) {
        LocalServer server = new LocalServer(listening, limits, parts);
        try {
            server.javalin.start();
        } catch (RuntimeException e) {
            server.javalin.stop();
            throw new InputException(
                    "The server can't listen on " + listening.host() + ", port " + listening.port()
                            + ": the address isn't this machine's or the port is taken; give another --port, or 0 for a free one.",
                    e);
        }
        server.strangers = Strangers.to(listening.address(), server.javalin.port(), listening.allowHost());
        return server;
    }

    /** Returns the address that clients on this machine reach the server by. */
    public URI address() {
        InetAddress address = listening.address();
        String host = address.isAnyLocalAddress() ? "127.0.0.1" : address.getHostAddress();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + javalin.port());
    }

    /** Returns how many requests were answered, by status. */
    public Map<Integer, Long> answers() {
        Map<Integer, Long> counts = new TreeMap<>();
        answers.forEach((status, count) -> counts.put(status, count.sum()));
        return counts;
    }

    /** Takes no more connections and waits some seconds for running answers. */
    @Override
    public void close() {
        javalin.stop();
    }

    /** Returns the limits that hold for a request. */
    static Limits limits(Context ctx) {
        return ctx.appData(LIMITS);
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.http.maxRequestSize = limits.jsonBytes();
        config.jsonMapper(new CoreJson());
        config.appData(LIMITS, limits);
        config.jetty.threadPool = threads();
        config.jetty.host = listening.host();
        config.jetty.port = listening.port();
        config.jetty.modifyServer(this::configure);
        config.jetty.addConnector(this::connector);
        config.requestLogger.http((ctx, millis) -> answers.computeIfAbsent(ctx.statusCode(), status -> new LongAdder())
                .increment());
        parts.forEach(part -> part.mount(config.routes));
        config.routes.exception(Exception.class, this::fail);
        config.routes.exception(HttpResponseException.class, this::fail);
    }

    private QueuedThreadPool threads() {
        QueuedThreadPool threads = new QueuedThreadPool(limits.requests() + SPARE_THREADS, SPARE_THREADS);
        threads.setName("web");
        threads.setDaemon(true);
        return threads;
    }

    private void configure(Server server) {
        server.setStopTimeout(STOP_MILLIS);
        server.setErrorHandler(door::tell);
        GracefulHandler graceful = new GracefulHandler();
        graceful.setHandler(door);
        server.setHandler(graceful);
        server.addBean(new NetworkConnectionLimit(limits.connections(), server));
    }

    private ServerConnector connector(Server server, HttpConfiguration http) {
        http.setSendServerVersion(false);
        http.setSendDateHeader(false);
        http.setRequestHeaderSize(limits.headerBytes());
        ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(listening.host());
        connector.setPort(listening.port());
        connector.setIdleTimeout(limits.silence().toMillis());
        connector.addBean(new SlowHeaders(limits.silence(), door::isInside));
        return connector;
    }

    private Object told(String path, Refusal refusal) {
        for (Routes part : parts) {
            String prefix = part.prefix();
            if (path.equals(prefix) || path.startsWith(prefix + "/") || prefix.isEmpty()) {
                return part.refused(refusal);
            }
        }
        return Map.of("error", refusal.message());
    }

    private void fail(Exception failure, Context ctx) {
        boolean begun = ctx.res().isCommitted();
        if (begun && failure instanceof ClientGone) {
            return;
        }
        Refusal refusal = refusal(failure);
        if (begun) {
            throw new IllegalStateException("An answer that had begun couldn't be ended: " + name(failure));
        }
        Body.finishShort(ctx);
        ctx.res().resetBuffer();
        ctx.status(refusal.status());
        refusal.headers().forEach(ctx::header);
        if (refusal.status() >= 500 && !(failure instanceof Refusal)) {
            LOG.warn("{}: {}", ctx.res().getHeader(Door.ID), refusal.message(), failure);
        }
        ctx.json(told(ctx.path(), refusal));
    }

    private static String name(Exception failure) {
        return failure.getClass().getSimpleName();
    }

    private static Refusal refusal(Exception failure) {
        if (failure instanceof Refusal refusal) {
            return refusal;
        }
        if (failure instanceof HttpResponseException javalins) {
            return javalins.getStatus() == 404
                    ? new Refusal(404, "Nothing is at this path, or it takes another method.")
                    : new Refusal(javalins.getStatus(), String.valueOf(javalins.getMessage()));
        }
        if (failure instanceof ClientGone) {
            return new Refusal(400, "The request's body ended before it was whole; send it again.");
        }
        if (failure instanceof InputException) {
            return new Refusal(400, String.valueOf(failure.getMessage()));
        }
        if (FileFailure.isDiskFull(failure)) {
            return new Refusal(
                    507,
                    "The server's disk is full; make room on it and try again.",
                    Map.of("x-should-retry", "false"));
        }
        return new Refusal(
                500,
                failure instanceof RunException
                        ? String.valueOf(failure.getMessage())
                        : "The server had an error while it processed the request; its log says more.");
    }

    /** Documents by the core's own mapper. */
    private static final class CoreJson implements JsonMapper {
        @Override
        public String toJsonString(Object value, Type type) {
            return Json.text(value);
        }
    }
}
