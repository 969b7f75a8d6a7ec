package org.align4j.core.web;

import static org.align4j.core.error.RootFormat.format;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.align4j.core.stop.StopSignal;
import org.jspecify.annotations.Nullable;

/** The body of an answer, taken piece by piece; no more of it is fetched than is asked for. */
public final class WebBody implements HttpResponse.BodySubscriber<WebBody>, AutoCloseable {
    private final Duration silence;
    private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    private final Queue<ByteBuffer> pieces = new ArrayDeque<>();
    private Flow.@Nullable Subscription subscription;
    private boolean closed;
    private boolean ended;

    WebBody(Duration silence) {
        this.silence = silence;
    }

    /** Pieces, or the end: whole, or with what cut it short. */
    private record Arrival(
            List<ByteBuffer> pieces, boolean last, @Nullable Throwable failure) {}

    @Override
    public CompletionStage<WebBody> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public synchronized void onSubscribe(Flow.Subscription given) {
        subscription = given;
        if (closed) {
            given.cancel();
        } else {
            given.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> arrived) {
        arrivals.add(new Arrival(arrived, false, null));
    }

    @Override
    public void onError(Throwable failure) {
        arrivals.add(new Arrival(List.of(), true, failure));
    }

    @Override
    public void onComplete() {
        arrivals.add(new Arrival(List.of(), true, null));
    }

    /**
     * The next piece; null at the end.
     *
     * @throws java.net.http.HttpTimeoutException if nothing comes for too long
     * @throws IOException if the connection breaks
     * @throws org.align4j.core.stop.StoppedException if the process was told to stop
     */
    public @Nullable ByteBuffer next() throws IOException {
        while (pieces.isEmpty() && !ended) {
            Arrival arrival = await();
            if (arrival.failure != null) {
                throw new IOException("the connection broke (" + arrival.failure.getMessage() + ")", arrival.failure);
            }
            pieces.addAll(arrival.pieces);
            ended = arrival.last;
            if (!ended) {
                request();
            }
        }
        return pieces.poll();
    }

    /**
     * All that is still to come.
     *
     * @throws IOException if it is more than that many bytes, too
     */
    public byte[] all(int most) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (ByteBuffer piece = next(); piece != null; piece = next()) {
            if (piece.remaining() > most - bytes.size()) {
                throw new IOException(format("the answer has more than %d bytes", most));
            }
            byte[] array = new byte[piece.remaining()];
            piece.get(array);
            bytes.writeBytes(array);
        }
        return bytes.toByteArray();
    }

    private Arrival await() throws IOException {
        long until = System.nanoTime() + silence.toNanos();
        try {
            while (System.nanoTime() < until) {
                StopSignal.throwIfStopped();
                Arrival arrival = arrivals.poll(WebClient.LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
                if (arrival != null) {
                    return arrival;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("the wait was interrupted").initCause(e);
        }
        throw WebClient.silent(silence);
    }

    private synchronized void request() {
        if (subscription != null && !closed) {
            subscription.request(1);
        }
    }

    /** Ends the connection where something is still to come. */
    @Override
    public synchronized void close() {
        closed = true;
        if (subscription != null && !ended) {
            subscription.cancel();
        }
    }
}
