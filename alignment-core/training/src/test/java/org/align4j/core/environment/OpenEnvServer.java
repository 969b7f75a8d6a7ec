package org.align4j.core.environment;

import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** The wire of an OpenEnv server, written out: {@code GET /schema} and a WebSocket at {@code /ws}, whose answers the test says. */
final class OpenEnvServer implements AutoCloseable {
    private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int TEXT = 0x81;
    private static final int BINARY = 0x82;

    private final ServerSocket server;
    private final String schema;
    private final Function<String, Reply> replies;
    final List<String> heard = new CopyOnWriteArrayList<>();

    /** What goes back for a message; {@code null} text closes the connection, a silent one's text are the bytes of frames that are sent without end. */
    record Reply(String text, boolean binary, boolean silent) {
        static Reply of(String text) {
            return new Reply(text, false, false);
        }
    }

    OpenEnvServer(String schema, Function<String, Reply> replies) throws IOException {
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.schema = schema;
        this.replies = replies;
        daemon(this::accept);
    }

    String address() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "openenv");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                daemon(() -> serve(socket));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            BufferedReader head =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1), 1);
            String first = head.readLine();
            String key = "";
            for (String line = head.readLine(); line != null && !line.isEmpty(); line = head.readLine()) {
                if (line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-key:")) {
                    key = line.substring(line.indexOf(':') + 1).strip();
                }
            }
            OutputStream out = socket.getOutputStream();
            if (first.contains("/schema")) {
                out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + schema.length() + "\r\nConnection: close\r\n\r\n"
                                + schema)
                        .getBytes(StandardCharsets.UTF_8));
                return;
            }
            byte[] hash = MessageDigest.getInstance("SHA-1").digest((key + MAGIC).getBytes(StandardCharsets.UTF_8));
            out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Accept: " + Base64.getEncoder().encodeToString(hash) + "\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            talk(new DataInputStream(socket.getInputStream()), out);
        } catch (Exception gone) {
            // The client left, as some tests have it.
        }
    }

    private void talk(DataInputStream in, OutputStream out) throws IOException {
        while (true) {
            int kind = in.readUnsignedByte();
            int length = in.readUnsignedByte() & 0x7F;
            length = length == 126 ? in.readUnsignedShort() : length;
            byte[] mask = in.readNBytes(4);
            byte[] bytes = in.readNBytes(length);
            for (int i = 0; i < length; i++) {
                bytes[i] ^= mask[i % 4];
            }
            if (kind != TEXT) {
                return;
            }
            String message = new String(bytes, StandardCharsets.UTF_8);
            heard.add(message);
            Reply reply = replies.apply(message);
            if (reply.text() == null) {
                return;
            }
            if (reply.silent()) {
                byte[] frames = reply.text().getBytes(StandardCharsets.ISO_8859_1);
                while (frames.length > 0) {
                    out.write(frames);
                }
            } else {
                send(out, reply.binary() ? BINARY : TEXT, reply.text().getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static void send(OutputStream out, int kind, byte[] bytes) throws IOException {
        out.write(kind);
        if (bytes.length < 126) {
            out.write(bytes.length);
        } else if (bytes.length < 1 << 16) {
            out.write(126);
            out.write(bytes.length >> 8);
            out.write(bytes.length);
        } else {
            out.write(127);
            for (int shift = 56; shift >= 0; shift -= 8) {
                out.write((int) ((long) bytes.length >> shift));
            }
        }
        out.write(bytes);
        out.flush();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
