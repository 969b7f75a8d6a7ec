package org.align4j.core.web;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.align4j.core.stop.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * Sends HTTP requests that end at a stop signal and where the other side takes too long, be it before the answer or within it. An
 * answer that drips, a byte now and a byte then, is late too. Redirects are the caller's.
 */
public final class WebClient {
    static final long LOOK_EVERY_MILLIS = 100;

    private final HttpClient http;
    private final Duration silence;
    private final @Nullable Duration whole;
    private final boolean heedsStop;

    private WebClient(Duration silence, @Nullable Duration whole, boolean heedsStop) {
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(silence)
                .build();
        this.silence = silence;
        this.whole = whole;
        this.heedsStop = heedsStop;
    }

    /**
     * Makes a client for answers of any length, which may take any time as long as they come on.
     *
     * @param silence the longest wait for a connection and for an answer's head, once the request's own body has been taken; of either body, which
     *     may go a byte at a time, the longest wait for what {@link WebBody#LEAST_PER_SECOND} comes to in that time
     */
    public static WebClient whileAnswersCome(Duration silence) {
        return new WebClient(silence, null, true);
    }

    /**
     * Makes a client for answers that must be there in time.
     *
     * @param whole the longest wait for an answer to its last byte, from the request on
     */
    public static WebClient within(Duration whole) {
        return within(whole, whole);
    }

    /**
     * Makes a client for answers that must be there in time, and mustn't be silent for long before.
     *
     * @param silence as of {@link #whileAnswersCome}
     * @param whole as of {@link #within(Duration)}
     */
    public static WebClient within(Duration silence, Duration whole) {
        return new WebClient(silence, whole, true);
    }

    /** Returns a client that waits for an answer though the process was asked to stop, for answers that are paid for. */
    public WebClient throughStops() {
        return new WebClient(silence, whole, false);
    }

    /** Returns whether an address is one that requests can be sent to: of http or https, with a host. */
    public static boolean reaches(URI address) {
        String scheme = String.valueOf(address.getScheme());
        return (scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https")) && address.getHost() != null;
    }

    /**
     * Returns whether two addresses have the same scheme, host and port, so that what is secret to one may be sent to the other.
     */
    public static boolean isSameOrigin(URI one, URI other) {
        return reaches(one)
                && one.getScheme().equalsIgnoreCase(other.getScheme())
                && one.getHost().equalsIgnoreCase(other.getHost())
                && port(one) == port(other);
    }

    private static int port(URI address) {
        if (address.getPort() >= 0) {
            return address.getPort();
        }
        return address.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    }

    /**
     * Sends a request.
     *
     * @return the answer as soon as its head is there; its body is to be closed
     * @throws HttpTimeoutException if the head of the answer doesn't come in time
     * @throws IOException if there is no connection, or the answer is no HTTP
     * @throws org.align4j.core.stop.StoppedException if the process was asked to stop
     */
    public HttpResponse<WebBody> send(HttpRequest request) throws IOException {
        long begun = System.nanoTime();
        WebBody.Patience patience = new WebBody.Patience(silence, whole, begun, heedsStop);
        TakenBody taken = new TakenBody(silence, begun);
        CompletableFuture<HttpResponse<WebBody>> answer =
                http.sendAsync(taken.countedIn(request), head -> new WebBody(patience));
        try {
            while (System.nanoTime() < taken.until() && !patience.isOver()) {
                if (heedsStop) {
                    StopSignal.throwIfStopped();
                }
                try {
                    return answer.get(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
                } catch (TimeoutException notYet) {
                    // ask whether to stop, then wait on
                }
            }
        } catch (ExecutionException e) {
            throw new IOException(reason(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("the wait was interrupted").initCause(e);
        } finally {
            answer.cancel(true);
        }
        throw new HttpTimeoutException(format("nothing came for %.1f s", seconds(silence)));
    }

    /** How a request's body is taken: each time that enough of it has gone, the wait for the answer begins again. */
    private static final class TakenBody {
        private final long silence;
        private long since;
        private volatile long heard;

        TakenBody(Duration silence, long begun) {
            this.silence = silence.toNanos();
            this.heard = begun;
        }

        long until() {
            return heard + silence;
        }

        HttpRequest countedIn(HttpRequest request) {
            HttpRequest.BodyPublisher body = request.bodyPublisher().orElse(null);
            if (body == null || body.contentLength() == 0) {
                return request;
            }
            Flow.Publisher<ByteBuffer> counted = taker -> body.subscribe(new Flow.Subscriber<>() {
                @Override
                public void onSubscribe(Flow.Subscription subscription) {
                    taker.onSubscribe(subscription);
                }

                @Override
                public void onNext(ByteBuffer piece) {
                    count(piece.remaining());
                    taker.onNext(piece);
                }

                @Override
                public void onError(Throwable failed) {
                    taker.onError(failed);
                }

                @Override
                public void onComplete() {
                    taker.onComplete();
                }
            });
            return HttpRequest.newBuilder(request, (name, value) -> true)
                    .method(
                            request.method(),
                            body.contentLength() < 0
                                    ? HttpRequest.BodyPublishers.fromPublisher(counted)
                                    : HttpRequest.BodyPublishers.fromPublisher(counted, body.contentLength()))
                    .build();
        }

        private synchronized void count(long bytes) {
            since += bytes;
            if (since >= WebBody.LEAST_PER_SECOND * silence / 1_000_000_000L) {
                since = 0;
                heard = System.nanoTime();
            }
        }
    }

    static double seconds(Duration time) {
        return time.toMillis() / 1000.0;
    }

    /** Java often has no words for what went wrong, such as a host that nobody knows. */
    private static String reason(ExecutionException failed) {
        Throwable inner = failed;
        for (Throwable cause = failed.getCause(); cause != null; cause = cause.getCause()) {
            inner = cause;
            if (cause.getMessage() != null) {
                break;
            }
        }
        if (inner instanceof UnresolvedAddressException) {
            return "there is no such host";
        }
        if (inner instanceof ClosedChannelException || inner instanceof ConnectException) {
            return inner.getMessage() == null ? "no connection" : inner.getMessage();
        }
        String kind = inner.getClass().getSimpleName().replace("Exception", "");
        return inner.getMessage() == null ? kind : inner.getMessage();
    }
}
