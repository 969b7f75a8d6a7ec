package org.align4j.web;

import io.javalin.http.Context;
import jakarta.servlet.ServletOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Server-sent events as an answer to any request, a POST too: each event is on its way when {@link #send} returns. A client that takes nothing for
 * {@link Limits#silence} counts as gone.
 */
public final class EventStream implements AutoCloseable {
    private final ServletOutputStream out;

    private EventStream(ServletOutputStream out) {
        this.out = out;
    }

    /**
     * Begins the answer: its status is 200 from here on.
     *
     * @throws ClientGone if the client has closed its connection
     */
    public static EventStream begin(Context ctx) {
        ctx.status(200).contentType("text/event-stream; charset=utf-8");
        ctx.header("Cache-Control", "no-cache, no-store");
        ctx.header("X-Accel-Buffering", "no");
        try {
            // Not the context's own stream, whose flush does nothing.
            EventStream stream = new EventStream(ctx.res().getOutputStream());
            stream.write("");
            return stream;
        } catch (IOException gone) {
            throw new ClientGone(gone);
        }
    }

    /**
     * Sends an event.
     *
     * @param data without line ends, such as a JSON document in one line
     * @throws ClientGone if the client has closed its connection
     */
    public void send(String data) {
        write("data: " + data + "\n\n");
    }

    /**
     * Sends an event of a kind.
     *
     * @param name of the kind
     * @param data as {@link #send(String)} takes it
     * @throws ClientGone if the client has closed its connection
     */
    public void send(String name, String data) {
        write("event: " + name + "\ndata: " + data + "\n\n");
    }

    /**
     * Sends a comment, which clients skip: it keeps proxies from closing a quiet stream, and shows whether the client is still there.
     *
     * @throws ClientGone if the client has closed its connection
     */
    public void keepAlive() {
        write(": waiting\n\n");
    }

    private void write(String text) {
        try {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException gone) {
            throw new ClientGone(gone);
        }
    }

    /** Ends the answer. */
    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException gone) {
            throw new ClientGone(gone);
        }
    }
}
