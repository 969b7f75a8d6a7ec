package org.align4j.core.web;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A server on this machine that announces a long answer at once and then sends it byte by byte, for ever. */
public final class DrippingServer implements AutoCloseable {
    private static final int EVERY_MILLIS = 20;

    private final ServerSocket server;
    private final String head;
    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();

    public DrippingServer() throws IOException {
        this("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n");
    }

    /** Begins each answer with these bytes and sends spaces after them. */
    public DrippingServer(String head) throws IOException {
        this.head = head;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "dripping");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                daemon(() -> drip(socket));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private void drip(Socket socket) {
        try (socket) {
            int most = socket.getInputStream().read(new byte[1 << 16]);
            asked.incrementAndGet();
            OutputStream out = socket.getOutputStream();
            out.write(head.getBytes(StandardCharsets.ISO_8859_1));
            while (most > 0 && !over.await(EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
                out.write(' ');
                out.flush();
            }
        } catch (IOException gone) {
            // Who asked had enough.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns the server's address, without a path. */
    public String address() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    /** Returns how often somebody asked. */
    public int asked() {
        return asked.get();
    }

    @Override
    public void close() throws IOException {
        over.countDown();
        server.close();
    }
}
