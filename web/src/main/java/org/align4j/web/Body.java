package org.align4j.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.align4j.core.files.Json;

/**
 * The body of a request, read as it arrives: never more bytes than a limit, never slower than {@link Limits#leastBytesPerSecond}.
 */
public final class Body {
    private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int PIECE = 1 << 16;

    private Body() {}

    /**
     * Returns the body as a stream.
     *
     * @param most bytes; the stream throws a {@link Refusal} of status 413 where there are more, 408 where they come too slowly
     */
    public static InputStream stream(Context ctx, long most) throws IOException {
        Limits limits = LocalServer.limits(ctx);
        InputStream in = ctx.req().getInputStream();
        if (ctx.req().getContentLengthLong() > most) {
            drain(in);
            throw tooLong(most);
        }
        return new Bounded(in, most, limits);
    }

    /**
     * Returns the body as a JSON document.
     *
     * @throws Refusal if it is too long (413), of another type (415), or isn't JSON (400)
     */
    public static JsonNode json(Context ctx) throws IOException {
        return json(ctx, LocalServer.limits(ctx).jsonBytes());
    }

    /**
     * Returns the body as a JSON document of at most so many bytes; otherwise like {@link #json(Context)}.
     *
     * @param most bytes
     */
    public static JsonNode json(Context ctx, long most) throws IOException {
        String type = ctx.req().getContentType();
        if (type != null && !type.strip().toLowerCase(Locale.ROOT).startsWith("application/json")) {
            throw new Refusal(
                    415, "The request's Content-Type isn't application/json; send the body as JSON under that type.");
        }
        try (InputStream in = stream(ctx, most)) {
            return Json.read(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new Refusal(
                    400,
                    "We could not parse the JSON body of your request: " + place(e)
                            + "; send one JSON object in UTF-8.");
        }
    }

    /** Says where the body stops being JSON; what is there isn't repeated. */
    private static String place(JsonProcessingException e) {
        return e.getLocation() == null
                ? "it isn't JSON"
                : "it isn't JSON from line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + " on";
    }

    private static Refusal tooLong(long most) {
        return new Refusal(
                413, "The request's body is longer than " + most + " bytes, the most that is taken here; send less.");
    }

    /**
     * Reads what is left of a short body before its request is refused: a connection that is closed on unread bytes loses the answer. A longer
     * body is left to the server, which closes the connection.
     */
    static void finishShort(Context ctx) {
        long length = ctx.req().getContentLengthLong();
        if (length > 0 && length <= PIECE) {
            try {
                drain(ctx.req().getInputStream());
            } catch (IOException gone) {
                // The client hears nothing any more.
            }
        }
    }

    /** Reads on for a moment, so that a client that is still sending gets to read why it was refused. */
    private static void drain(InputStream in) {
        byte[] piece = new byte[PIECE];
        long until = System.nanoTime() + DRAIN_NANOS;
        try {
            while (System.nanoTime() < until && in.read(piece) >= 0) {
                // thrown away
            }
        } catch (IOException gone) {
            // The client hears nothing any more.
        }
    }

    /** A stream that ends with a refusal where it is too long or too slow. */
    private static final class Bounded extends FilterInputStream {
        private final long most;
        private final Limits limits;
        private final long begun = System.nanoTime();
        private long came;

        Bounded(InputStream in, long most, Limits limits) {
            super(in);
            this.most = most;
            this.limits = limits;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            int count;
            try {
                count = super.read(bytes, from, length);
            } catch (EOFException half) {
                throw new ClientGone(half);
            } catch (IOException silent) {
                throw tooSlow();
            }
            came += Math.max(0, count);
            long nanos = System.nanoTime() - begun;
            if (nanos > limits.silence().toNanos() && came / (nanos / 1e9) < limits.leastBytesPerSecond()) {
                throw tooSlow();
            }
            if (came > most) {
                drain(in);
                throw tooLong(most);
            }
            return count;
        }

        private static Refusal tooSlow() {
            return new Refusal(
                    408,
                    "The request's body came too slowly or stopped; send it again.",
                    Map.of("Connection", "close"));
        }
    }
}
