package org.align4j.core.cuda;

import com.google.common.hash.Hashing;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A package index on this machine, with wheels of a few bytes. */
public final class WheelServer implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, byte[]> files = new TreeMap<>();
    final List<String> requests = new CopyOnWriteArrayList<>();
    final AtomicInteger drops = new AtomicInteger();
    final Map<String, String> otherHashes = new TreeMap<>();
    volatile boolean html;
    volatile boolean hashes = true;
    volatile int status = 200;

    public WheelServer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", exchange -> {
            try (exchange) {
                answer(exchange);
            }
        });
        server.start();
    }

    public String address() {
        return "http://user:secret@127.0.0.1:" + server.getAddress().getPort() + "/simple/";
    }

    /** Makes a wheel of entries, each with its own name as its bytes. */
    public byte[] put(String name, String... entries) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String entry : entries) {
                zip.putNextEntry(new ZipEntry(entry));
                zip.write(entry.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        files.put(name, bytes.toByteArray());
        return bytes.toByteArray();
    }

    /** Has a wheel announced with another hash than it has. */
    public void announce(String name, String hash) {
        otherHashes.put(name, hash);
    }

    /** Puts what a wheel requires where an index has it, next to the wheel. */
    public void describe(String wheel, String metadata) {
        files.put(wheel + ".metadata", metadata.getBytes(StandardCharsets.UTF_8));
    }

    private String hash(String name) {
        return otherHashes.getOrDefault(
                name, Hashing.sha256().hashBytes(files.get(name)).toString());
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String range = exchange.getRequestHeaders().getFirst("Range");
        requests.add(path + " " + range + " " + exchange.getRequestHeaders().getFirst("Authorization"));
        if (path.startsWith("/simple/")) {
            byte[] listing = (html ? html() : json()).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, listing.length);
            exchange.getResponseBody().write(listing);
            return;
        }
        byte[] bytes = files.get(path.substring(path.lastIndexOf('/') + 1));
        if (bytes == null) {
            exchange.sendResponseHeaders(404, -1);
            return;
        }
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", String.valueOf(bytes.length));
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
        byte[] rest = Arrays.copyOfRange(bytes, from, bytes.length);
        if (from > 0) {
            exchange.getResponseHeaders()
                    .add("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, rest.length);
        boolean breaks = drops.getAndDecrement() > 0;
        exchange.getResponseBody().write(rest, 0, breaks ? rest.length / 2 : rest.length);
    }

    private String json() {
        StringBuilder text = new StringBuilder("{\"files\": [");
        files.keySet()
                .forEach(name -> text.append(text.charAt(text.length() - 1) == '[' ? "" : ",")
                        .append("{\"filename\": \"")
                        .append(name)
                        .append("\", \"url\": \"../../files/")
                        .append(name)
                        .append(hashes ? "\", \"hashes\": {\"sha256\": \"" + hash(name) + "\"}}" : "\"}"));
        return text + "]}";
    }

    private String html() {
        StringBuilder text = new StringBuilder("<!DOCTYPE html><html><body>");
        files.keySet()
                .forEach(name -> text.append("<a class=\"x\" href=\"/files/")
                        .append(name.replace("+", "%2B"))
                        .append(hashes ? "#sha256=" + hash(name) : "")
                        .append("\">x</a>"));
        return text + "</body></html>";
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
