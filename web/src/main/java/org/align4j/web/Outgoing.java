package org.align4j.web;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Posts to addresses that clients named, such as graders' and webhooks': only to {@link AllowedAddresses}. The name is looked up once and the connection
 * goes to what was found and checked; no redirect is followed; the whole takes a bounded time and its answer bounded bytes.
 *
 * @param allowed where it may post to
 * @param whole the longest time from the look-up to the answer's last byte
 * @param mostBytes of an answer's body
 */
public record Outgoing(AllowedAddresses allowed, Duration whole, int mostBytes) {
    private static final int MOST_HEAD = 16 << 10;
    private static final int PIECE = 8 << 10;

    /**
     * An answer that came whole.
     *
     * @param status of HTTP; a redirect is an answer like any other
     * @param text the body as UTF-8
     */
    public record Answer(int status, String text) {
        /** Returns whether the request was granted. */
        public boolean granted() {
            return status / 100 == 2;
        }
    }

    /**
     * Posts once.
     *
     * @param headers besides those that HTTP itself needs
     * @throws AllowedAddresses.NotAllowed where the server may not send there; nothing was sent
     * @throws SocketTimeoutException where the answer wasn't whole in time
     * @throws IOException where there is no connection, the answer is no HTTP, or it is longer than may be
     */
    public Answer post(URI address, Map<String, String> headers, byte[] body) throws IOException {
        long until = System.nanoTime() + whole.toNanos();
        InetSocketAddress place = looked(address);
        AtomicReference<@Nullable Socket> open = new AtomicReference<>();
        // Closing the socket ends what no time-out of a read bounds: writing to somebody who reads nothing, a handshake
        // that trickles.
        CompletableFuture<Void> late = new CompletableFuture<>();
        CompletableFuture<Void> unused = late.completeOnTimeout(
                        null, Math.max(1, until - System.nanoTime()), TimeUnit.NANOSECONDS)
                .thenRun(() -> close(open.get()));
        try (Socket plain = new Socket()) {
            open.set(plain);
            plain.connect(place, left(until));
            plain.setSoTimeout(left(until));
            Socket socket = "https".equalsIgnoreCase(address.getScheme()) ? secured(plain, address) : plain;
            socket.getOutputStream().write(head(address, headers, body.length));
            socket.getOutputStream().write(body);
            socket.getOutputStream().flush();
            return read(socket.getInputStream());
        } catch (IOException failed) {
            if (System.nanoTime() >= until) {
                throw (IOException)
                        new SocketTimeoutException("no whole answer within " + whole.toMillis() / 1000.0 + " s")
                                .initCause(failed);
            }
            throw failed;
        } finally {
            late.cancel(false);
        }
    }

    private InetSocketAddress looked(URI address) throws IOException {
        CompletableFuture<InetSocketAddress> found = new CompletableFuture<>();
        Thread looking = new Thread(
                () -> {
                    try {
                        found.complete(allowed.require(address));
                    } catch (IOException | RuntimeException e) {
                        found.completeExceptionally(e);
                    }
                },
                "look-up");
        looking.setDaemon(true);
        looking.start();
        try {
            return found.get(whole.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw (IOException) new SocketTimeoutException("its host wasn't found in time").initCause(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            throw new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the look-up was interrupted", e);
        }
    }

    private static void close(@Nullable Socket socket) {
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (IOException closed) {
            // it is closed all the same
        }
    }

    private static int left(long until) throws SocketTimeoutException {
        long millis = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
        if (millis <= 0) {
            throw new SocketTimeoutException("the time is over");
        }
        return (int) Math.min(Integer.MAX_VALUE, millis);
    }

    /** Speaks TLS with the host that the address names, whose certificate must be its own. */
    private static Socket secured(Socket plain, URI address) throws IOException {
        SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        SSLSocket socket =
                (SSLSocket) factory.createSocket(plain, address.getHost(), AllowedAddresses.port(address), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        if (!address.getHost().startsWith("[") && !address.getHost().matches("[0-9.]+")) {
            parameters.setServerNames(List.of(new SNIHostName(address.getHost())));
        }
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static byte[] head(URI address, Map<String, String> headers, int length) {
        String path = address.getRawPath() == null || address.getRawPath().isEmpty() ? "/" : address.getRawPath();
        String query = address.getRawQuery() == null ? "" : "?" + address.getRawQuery();
        Map<String, String> all = new LinkedHashMap<>();
        all.put("Host", address.getHost() + (address.getPort() < 0 ? "" : ":" + address.getPort()));
        all.put("Connection", "close");
        all.put("Accept-Encoding", "identity");
        all.putAll(headers);
        all.put("Content-Length", String.valueOf(length));
        StringBuilder head = new StringBuilder("POST " + path + query + " HTTP/1.1\r\n");
        all.forEach((name, value) -> {
            if ((name + value).chars().anyMatch(letter -> letter < ' ' || letter > '~')) {
                throw new IllegalArgumentException("a header holds what can't be sent");
            }
            head.append(name).append(": ").append(value).append("\r\n");
        });
        return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private Answer read(InputStream in) throws IOException {
        int[] budget = {MOST_HEAD};
        int status = status(line(in, budget));
        Map<String, String> headers = headers(in, budget);
        while (status / 100 == 1) {
            status = status(line(in, budget));
            headers = headers(in, budget);
        }
        byte[] body;
        if (status == 204 || status == 304) {
            body = new byte[0];
        } else if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
            body = chunks(in);
        } else if (headers.containsKey("content-length")) {
            body = exactly(in, size(headers.get("content-length"), 10), new ByteArrayOutputStream());
        } else {
            body = in.readNBytes(mostBytes + 1);
            requireShort(body.length);
        }
        return new Answer(status, new String(body, StandardCharsets.UTF_8));
    }

    private static int status(String line) throws IOException {
        if (!line.matches("HTTP/1\\.[01] \\d{3}.*")) {
            throw new IOException("its answer is no HTTP");
        }
        return Integer.parseInt(line.substring(9, 12));
    }

    private static Map<String, String> headers(InputStream in, int[] budget) throws IOException {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String line = line(in, budget); !line.isEmpty(); line = line(in, budget)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        return headers;
    }

    /** Reads a line of the head; {@code budget} has the bytes that all of it may still take. */
    private static String line(InputStream in, int[] budget) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("its answer ends too soon");
            }
            if (--budget[0] < 0) {
                throw new IOException("its answer's head is too long");
            }
            line.append((char) next);
        }
        return line.toString().stripTrailing();
    }

    private byte[] chunks(InputStream in) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (true) {
            int[] budget = {MOST_HEAD};
            int size = size(line(in, budget).replaceFirst(";.*", "").strip(), 16);
            if (size == 0) {
                return all.toByteArray();
            }
            exactly(in, size, all);
            line(in, budget);
        }
    }

    private int size(String written, int radix) throws IOException {
        try {
            long size = Long.parseLong(written, radix);
            if (size >= 0) {
                requireShort(size);
                return (int) size;
            }
        } catch (NumberFormatException e) {
            throw new IOException("its answer is no HTTP", e);
        }
        throw new IOException("its answer is no HTTP");
    }

    private byte[] exactly(InputStream in, int size, ByteArrayOutputStream all) throws IOException {
        requireShort((long) all.size() + size);
        for (int left = size; left > 0; ) {
            byte[] piece = in.readNBytes(Math.min(PIECE, left));
            if (piece.length == 0) {
                throw new EOFException("its answer ends too soon");
            }
            all.write(piece, 0, piece.length);
            left -= piece.length;
        }
        return all.toByteArray();
    }

    private void requireShort(long bytes) throws IOException {
        if (bytes > mostBytes) {
            throw new IOException("its answer is longer than " + mostBytes + " bytes");
        }
    }
}
