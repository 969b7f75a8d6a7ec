package org.align4j.core.web;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A WebSocket on which each text that is sent is answered by one. No more is read than was asked for, so that a flood stays outside. */
public final class TextSocket implements AutoCloseable {
    private final WebSocket socket;
    private final Heard heard;
    private final Duration patience;

    private TextSocket(WebSocket socket, Heard heard, Duration patience) {
        this.socket = socket;
        this.heard = heard;
        this.patience = patience;
    }

    /**
     * Opens a socket.
     *
     * @param address of scheme ws or wss
     * @param patience the longest wait for the connection, and for each answer
     * @param longest characters that an answer may have
     * @throws IOException where there is no connection
     */
    public static TextSocket open(URI address, Duration patience, int longest) throws IOException {
        Heard heard = new Heard(longest);
        HttpClient client = HttpClient.newBuilder().connectTimeout(patience).build();
        CompletableFuture<WebSocket> opening =
                client.newWebSocketBuilder().connectTimeout(patience).buildAsync(address, heard);
        return new TextSocket(awaited(opening, patience), heard, patience);
    }

    /**
     * Sends a text and waits for the answer to it.
     *
     * @throws IOException where no answer comes in time, the other side closes, or sends what is no text of that length
     */
    public String ask(String text) throws IOException {
        awaited(socket.sendText(text, true), patience);
        socket.request(1);
        try {
            Said said = heard.said.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
            if (said == null) {
                throw new IOException(format("nothing came for %.1f s", WebClient.seconds(patience)));
            }
            if (said.text == null) {
                throw new IOException(said.problem);
            }
            return said.text;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("the wait was interrupted").initCause(e);
        }
    }

    private static <T> T awaited(CompletableFuture<T> future, Duration patience) throws IOException {
        try {
            return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException(format("no connection within %.1f s", WebClient.seconds(patience)), e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(
                    cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("the wait was interrupted").initCause(e);
        }
    }

    @Override
    public void close() {
        socket.abort();
    }

    /**
     * What came: a text, or why none comes any more.
     *
     * @param text null where none comes
     * @param problem null where a text came
     */
    private record Said(@Nullable String text, @Nullable String problem) {}

    /** Puts what comes into a queue. */
    private static final class Heard implements WebSocket.Listener {
        private final BlockingQueue<Said> said = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();
        private final int longest;

        Heard(int longest) {
            this.longest = longest;
        }

        /** Asks for nothing yet. */
        @Override
        public void onOpen(WebSocket socket) {}

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (text.length() > longest) {
                said.add(new Said(null, format("a text of more than %,d characters came", longest)));
                socket.abort();
            } else if (last) {
                said.add(new Said(text.toString(), null));
                text.setLength(0);
            } else {
                socket.request(1);
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            said.add(new Said(null, "bytes came where a text must"));
            socket.abort();
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            said.add(new Said(null, format("the connection was closed (%d)", status)));
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            String words = error.getMessage();
            said.add(new Said(null, "the connection broke" + (words == null ? "" : ": " + words)));
        }
    }
}
