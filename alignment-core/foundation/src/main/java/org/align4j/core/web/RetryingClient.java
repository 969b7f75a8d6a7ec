package org.align4j.core.web;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.stop.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests again after a failure that may pass: no connection, an answer that is late, a status of 408, 429 or from 500 on. The pauses grow
 * twofold; where the other side says how long to wait (Retry-After, or RateLimit where nothing remains), that is respected up to a limit.
 *
 * @param client sends
 * @param attempts how often a request is sent in all
 * @param pause before the second attempt; doubled before each further one
 * @param longestPause no pause is longer, whatever the other side says
 * @param sleep lets a pause pass
 */
public record RetryingClient(WebClient client, int attempts, Duration pause, Duration longestPause, Sleep sleep) {
    private static final int LATE = 408;
    private static final int TOO_MANY = 429;
    private static final int SERVER_ERROR = 500;

    /** Nothing remains, as of an hour's requests, for so many seconds. */
    private static final Pattern USED_UP = Pattern.compile("\\br\\s*=\\s*0\\s*;\\s*t\\s*=\\s*(\\d{1,9})\\b");

    /** Makes a client that sleeps in its pauses, until the process is asked to stop. */
    public RetryingClient(WebClient client, int attempts, Duration pause, Duration longestPause) {
        this(client, attempts, pause, longestPause, StopSignal::sleep);
    }

    /** Waits for a time between two requests. */
    @FunctionalInterface
    public interface Sleep {
        /** Returns after a time. */
        void sleep(Duration time) throws InterruptedException;
    }

    /**
     * Holds a complete reply of a server.
     *
     * @param status of HTTP
     * @param text the body as UTF-8; empty where a {@link Receiver} took it
     * @param attempts how often the request was sent
     * @param headers of the reply
     */
    public record Reply(int status, String text, int attempts, HttpHeaders headers) {
        /** Returns the address that is to be asked instead; null where none is named. */
        public @Nullable String location() {
            return headers.firstValue("Location").orElse(null);
        }

        /** Returns how long the other side wants to be left alone; zero where it doesn't say. */
        public Duration asksFor() {
            Duration after = asked(headers.firstValue("Retry-After").orElse(null));
            Matcher usedUp = USED_UP.matcher(headers.firstValue("RateLimit").orElse(""));
            Duration reset = usedUp.find() ? Duration.ofSeconds(Long.parseLong(usedUp.group(1))) : Duration.ZERO;
            return reset.compareTo(after) > 0 ? reset : after;
        }

        /** Returns whether the request was granted. */
        public boolean granted() {
            return status / 100 == 2;
        }

        /** Returns whether the answer only says that another address is to be asked. */
        public boolean redirects() {
            return status / 100 == 3;
        }

        /** Returns whether the failure may pass by itself. */
        public boolean mayPass() {
            return status == LATE || status == TOO_MANY || status >= SERVER_ERROR;
        }
    }

    /** Takes the body of a granted answer. */
    @FunctionalInterface
    public interface Receiver {
        /** Takes the body from its beginning, after each attempt again. An {@link IOException} is a failure that may pass. */
        void take(WebBody body) throws IOException;
    }

    /**
     * Sends a request as {@link #send(HttpRequest, int)} does and lets somebody else take the body of a granted answer, which may be long.
     *
     * @param longest bytes that the body of any other answer may have
     */
    public Reply send(HttpRequest request, int longest, Receiver receiver) throws IOException {
        return answered(request, longest, receiver);
    }

    /**
     * Sends a request until it is granted, refused for good, or has been sent often enough.
     *
     * @param longest bytes that a body may have
     * @return the last answer
     * @throws IOException if the last attempt gave no answer
     * @throws org.align4j.core.stop.StoppedException if the process was asked to stop
     */
    public Reply send(HttpRequest request, int longest) throws IOException {
        return answered(request, longest, null);
    }

    private Reply answered(HttpRequest request, int longest, @Nullable Receiver receiver) throws IOException {
        for (int attempt = 1; ; attempt++) {
            Duration wait = pauseAfter(attempt);
            try {
                HttpResponse<WebBody> response = client.send(request);
                Reply reply = new Reply(
                        response.statusCode(), text(response, longest, receiver), attempt, response.headers());
                if (!reply.mayPass() || attempt == attempts) {
                    return reply;
                }
                wait = longer(wait, reply.asksFor());
            } catch (InterruptedIOException interrupted) {
                throw interrupted;
            } catch (IOException failed) {
                if (attempt == attempts) {
                    throw failed;
                }
            }
            rest(wait);
        }
    }

    private static String text(HttpResponse<WebBody> response, int longest, @Nullable Receiver receiver)
            throws IOException {
        try (WebBody body = response.body()) {
            if (receiver != null && response.statusCode() / 100 == 2) {
                receiver.take(body);
                return "";
            }
            return new String(body.all(longest), StandardCharsets.UTF_8);
        }
    }

    private Duration pauseAfter(int attempt) {
        Duration doubled = pause.multipliedBy(1L << Math.min(attempt - 1, 20));
        return doubled.compareTo(longestPause) > 0 ? longestPause : doubled;
    }

    private Duration longer(Duration own, Duration asked) {
        Duration wait = asked.compareTo(own) > 0 ? asked : own;
        return wait.compareTo(longestPause) > 0 ? longestPause : wait;
    }

    /** Returns how long the other side wants to be left alone: seconds, or a date. */
    static Duration asked(@Nullable String retryAfter) {
        if (retryAfter == null) {
            return Duration.ZERO;
        }
        String value = retryAfter.strip();
        if (value.matches("\\d+")) {
            return Duration.ofSeconds(value.length() > 9 ? Integer.MAX_VALUE : Long.parseLong(value));
        }
        try {
            Instant until = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration left = Duration.between(Instant.now(), until);
            return left.isNegative() ? Duration.ZERO : left;
        } catch (DateTimeParseException unreadable) {
            return Duration.ZERO;
        }
    }

    private void rest(Duration time) throws IOException {
        try {
            sleep.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("the wait for another attempt was interrupted").initCause(e);
        }
    }
}
