package org.align4j.core.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.align4j.core.web.ServiceKey;
import org.jspecify.annotations.Nullable;

/** A hub on this machine: one model or data set, storage behind a redirect, and ways to fail. */
final class HubServer implements AutoCloseable {
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private final HttpServer server;
    private final HttpServer storage;
    private final Map<String, byte[]> files = new TreeMap<>();
    final List<String> requests = new CopyOnWriteArrayList<>();
    final AtomicInteger drops = new AtomicInteger();
    final AtomicInteger corruptions = new AtomicInteger();
    final AtomicInteger stalls = new AtomicInteger();
    final AtomicLong sent = new AtomicLong();
    private final CountDownLatch closed = new CountDownLatch(1);
    volatile boolean ranges = true;
    volatile boolean endless;
    volatile boolean silent;
    volatile String location = "";
    volatile String errorCode = "";
    volatile int errorStatus;

    HubServer() {
        server = start(this::hub);
        storage = start(this::storage);
    }

    private interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    private static HttpServer start(Handler handler) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(Executors.newCachedThreadPool(task -> {
                Thread thread = new Thread(task);
                thread.setDaemon(true);
                return thread;
            }));
            server.createContext("/", exchange -> {
                try (exchange) {
                    handler.handle(exchange);
                }
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    HubServer with(String name, byte[] bytes) {
        files.put(name, bytes);
        return this;
    }

    HubServer with(String name, String text) {
        return with(name, text.getBytes(StandardCharsets.UTF_8));
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private void hub(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        note(path + " " + exchange.getRequestHeaders().getFirst("Authorization"));
        if (silent) {
            hold();
        } else if (errorStatus != 0) {
            exchange.getResponseHeaders().add("X-Error-Code", errorCode);
            exchange.sendResponseHeaders(errorStatus, -1);
        } else if (path.matches("/api/(models|datasets)/org/name/revision/.*")) {
            send(exchange, 200, description().getBytes(StandardCharsets.UTF_8));
        } else {
            String file =
                    path.substring(path.indexOf(COMMIT) + COMMIT.length() + 1).replace(" ", "%20");
            String storehouse = "http://127.0.0.1:" + storage.getAddress().getPort() + "/" + file;
            exchange.getResponseHeaders().add("Location", location.isEmpty() ? storehouse : location);
            exchange.sendResponseHeaders(302, -1);
        }
    }

    private void storage(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        String name = exchange.getRequestURI().getPath().substring(1);
        note("storage " + name + " " + range + " "
                + exchange.getRequestHeaders().getFirst("Authorization"));
        byte[] bytes = files.get(name).clone();
        if (corruptions.getAndDecrement() > 0) {
            bytes[bytes.length / 2] ^= 1;
        }
        int from = ranges && range != null ? Integer.parseInt(range.replaceAll("\\D", "")) : 0;
        byte[] rest = Arrays.copyOfRange(bytes, from, bytes.length);
        if (endless) {
            sendForEver(exchange);
        } else if (stalls.getAndDecrement() > 0) {
            exchange.sendResponseHeaders(from > 0 ? 206 : 200, rest.length);
            exchange.getResponseBody().write(rest, 0, rest.length / 2);
            exchange.getResponseBody().flush();
            hold();
        } else if (drops.getAndDecrement() > 0) {
            exchange.sendResponseHeaders(from > 0 ? 206 : 200, rest.length);
            exchange.getResponseBody().write(rest, 0, rest.length / 2);
            exchange.getResponseBody().flush();
        } else {
            send(exchange, from > 0 ? 206 : 200, rest);
        }
    }

    /** Waits until somebody has asked for something. */
    void awaitRequest(String start) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        synchronized (requests) {
            while (requests.stream().noneMatch(request -> request.startsWith(start))) {
                if (System.nanoTime() > until) {
                    throw new AssertionError("nobody asks for " + start);
                }
                requests.wait(1_000);
            }
        }
    }

    private void note(String request) {
        synchronized (requests) {
            requests.add(request);
            requests.notifyAll();
        }
    }

    /** Says nothing more, without hanging up. */
    private void hold() {
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Without a length, until the other side hangs up. */
    private void sendForEver(HttpExchange exchange) throws IOException {
        byte[] bytes = new byte[1 << 12];
        exchange.sendResponseHeaders(200, 0);
        while (sent.addAndGet(bytes.length) < 1L << 32) {
            exchange.getResponseBody().write(bytes);
        }
    }

    private static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private String description() {
        String siblings = files.entrySet().stream()
                .map(file -> sibling(file.getKey(), file.getValue()))
                .collect(Collectors.joining(","));
        return "{\"sha\":\"" + COMMIT + "\",\"siblings\":[" + siblings + "]}";
    }

    private static String sibling(String name, byte[] bytes) {
        String common =
                "{\"rfilename\":\"" + name + "\",\"size\":" + bytes.length + ",\"blobId\":\"" + gitHash(bytes) + "\"";
        return name.endsWith(".safetensors")
                ? common + ",\"lfs\":{\"sha256\":\"" + hash("SHA-256", bytes) + "\",\"size\":" + bytes.length + "}}"
                : common + "}";
    }

    /** A token as the settings have it; none of an empty text. */
    static @Nullable ServiceKey token(@Nullable String text) {
        return ServiceKey.find("HF_TOKEN", "T", text == null ? Map.of() : Map.of("T", text));
    }

    static String gitHash(byte[] bytes) {
        byte[] head = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(head, head.length + bytes.length);
        System.arraycopy(bytes, 0, all, head.length, bytes.length);
        return hash("SHA-1", all);
    }

    static String hash(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        storage.stop(0);
    }
}
