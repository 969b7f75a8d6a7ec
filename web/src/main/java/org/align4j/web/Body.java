package org.align4j.web;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.javalin.http.Context;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The body of a request, read as it arrives: never more bytes than a limit, never slower than {@link Limits#leastBytesPerSecond}.
 */
public final class Body {
    private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int PIECE = 1 << 16;

    /** What a byte of JSON takes at most while it is read and made something of: the value, its text for a model, and that text's marks. */
    private static final int JSON_BYTES = 6;

    /** What a byte that isn't JSON takes: itself, as it grows, and what is read of it. */
    private static final int RAW_BYTES = 3;

    /** What a value of JSON takes beside its text. */
    private static final int VALUE_BYTES = 48;

    private static final JsonMapper MAPPER = new JsonMapper();

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
        Intake.Share share = Intake.of(ctx);
        InputStream in = taking(stream(ctx, most), share, JSON_BYTES);
        try (JsonParser parser = MAPPER.createParser(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            JsonNode read = MAPPER.readTree(new Counted(parser, share));
            in.transferTo(OutputStream.nullOutputStream());
            return read;
        } catch (Refusal refusal) {
            drainIfFull(ctx, share);
            throw refusal;
        } catch (StreamConstraintsException e) {
            throw new Refusal(
                    413,
                    "The request's JSON holds a text or a number that is too long, or is nested too deep; send less.");
        } catch (JsonProcessingException e) {
            throw new Refusal(
                    400,
                    "We could not parse the JSON body of your request: " + place(e)
                            + "; send one JSON object in UTF-8.");
        }
    }

    /**
     * Returns the body's bytes, at most so many.
     *
     * @param most bytes
     * @throws Refusal if it is too long (413) or too slow (408), or takes too much memory
     */
    public static byte[] bytes(Context ctx, long most) throws IOException {
        Intake.Share share = Intake.of(ctx);
        try (InputStream in = taking(stream(ctx, most), share, RAW_BYTES)) {
            return in.readAllBytes();
        } catch (Refusal refusal) {
            drainIfFull(ctx, share);
            throw refusal;
        }
    }

    private static void drainIfFull(Context ctx, Intake.Share share) throws IOException {
        if (share.isFull()) {
            drain(ctx.req().getInputStream());
        }
    }

    /** Says whose requests share the memory that this one takes, such as those of a key. */
    public static void payer(Context ctx, String payer) {
        Intake.of(ctx).of(payer);
    }

    /** A stream that pays for what is made of its bytes, as they come. */
    private static InputStream taking(InputStream in, Intake.Share share, int each) {
        return new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                int count = super.read(bytes, from, length);
                if (count > 0) {
                    share.take((long) each * count);
                }
                return count;
            }
        };
    }

    /** A parser that pays for each value, however short it is written. */
    private static final class Counted extends JsonParserDelegate {
        private static final int AT_ONCE = 1024;

        private final Intake.Share share;
        private int tokens;

        Counted(JsonParser parser, Intake.Share share) {
            super(parser);
            this.share = share;
        }

        @Override
        public JsonToken nextToken() throws IOException {
            if (++tokens % AT_ONCE == 0) {
                share.take((long) AT_ONCE * VALUE_BYTES);
            }
            return super.nextToken();
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
