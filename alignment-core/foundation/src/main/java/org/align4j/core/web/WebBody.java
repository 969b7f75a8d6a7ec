package org.align4j.core.web;

import static org.align4j.core.error.RootFormat.format;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
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
    /** Bytes that must come in a second, on average over the longest wait, where an answer may take any time. */
    public static final long LEAST_PER_SECOND = 1024;

    private final Patience patience;
    private long waitedNanos;
    private long cameSince;
    private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    private final Queue<ByteBuffer> pieces = new ArrayDeque<>();
    private Flow.@Nullable Subscription subscription;
    private boolean closed;
    private boolean ended;

    WebBody(Patience patience) {
        this.patience = patience;
    }

    /**
     * Holds the time limits for reading a reply's body.
     *
     * @param silence the longest wait for more of it
     * @param whole the longest wait for all of it; null where it may take any time as long as it comes on
     * @param begun when the request was sent, as {@link System#nanoTime} counts
     * @param heedsStop whether the reading ends where the process is asked to stop
     */
    record Patience(Duration silence, @Nullable Duration whole, long begun, boolean heedsStop) {
        boolean isOver() {
            return whole != null && System.nanoTime() - begun > whole.toNanos();
        }
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
     * @throws HttpTimeoutException if it isn't whole in time, or too little comes for too long
     * @throws IOException if the connection breaks
     * @throws org.align4j.core.stop.StoppedException if the process was asked to stop
     */
    public @Nullable ByteBuffer next() throws IOException {
        while (pieces.isEmpty() && !ended) {
            Arrival arrival = await();
            if (arrival.failure != null) {
                throw new IOException("the connection broke (" + arrival.failure.getMessage() + ")", arrival.failure);
            }
            pieces.addAll(arrival.pieces);
            count(arrival.pieces);
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

    /** Enough has come to begin the wait again; time that the reader of the body takes for itself is no wait. */
    private void count(List<ByteBuffer> arrived) {
        cameSince += arrived.stream().mapToLong(ByteBuffer::remaining).sum();
        if (cameSince >= LEAST_PER_SECOND * patience.silence.toMillis() / 1000) {
            cameSince = 0;
            waitedNanos = 0;
        }
    }

    private Arrival await() throws IOException {
        try {
            do {
                if (patience.heedsStop) {
                    StopSignal.throwIfStopped();
                }
                long begun = System.nanoTime();
                Arrival arrival = arrivals.poll(WebClient.LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
                waitedNanos += System.nanoTime() - begun;
                if (arrival != null && !isLate()) {
                    return arrival;
                }
            } while (!isLate());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("the wait was interrupted").initCause(e);
        }
        throw late();
    }

    private boolean isLate() {
        return patience.isOver() || waitedNanos > patience.silence.toNanos();
    }

    private HttpTimeoutException late() {
        Duration whole = patience.whole;
        if (whole != null && patience.isOver()) {
            return new HttpTimeoutException(format("the answer was not whole within %.1f s", WebClient.seconds(whole)));
        }
        double seconds = WebClient.seconds(patience.silence);
        return new HttpTimeoutException(
                cameSince == 0
                        ? format("nothing came for %.1f s", seconds)
                        : format("only %d bytes came in %.1f s", cameSince, seconds));
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
