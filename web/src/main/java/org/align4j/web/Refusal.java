package org.align4j.web;

import java.util.Map;

/**
 * A request that can't be granted, with what HTTP says of it. Handlers throw it; each dialect writes it in the shape that its clients read.
 */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final transient Map<String, String> headers;

    /**
     * Refuses with headers of its own.
     *
     * @param status of HTTP, 400 to 599
     * @param message what was given, what is required, what to do
     * @param headers such as {@code Retry-After}
     */
    public Refusal(int status, String message, Map<String, String> headers) {
        super(message);
        this.status = status;
        this.headers = Map.copyOf(headers);
    }

    /** Refuses with a status of HTTP and a message that says what was given, what is required and what to do. */
    public Refusal(int status, String message) {
        this(status, message, Map.of());
    }

    /** Refuses for the moment; the client may come back after so many seconds, at most 60. */
    public static Refusal busy(int status, String message, int seconds) {
        return new Refusal(status, message, Map.of("Retry-After", String.valueOf(Math.min(60, Math.max(1, seconds)))));
    }

    /** Returns the status of HTTP. */
    public int status() {
        return status;
    }

    /** Returns the headers that go with the status. */
    public Map<String, String> headers() {
        return headers;
    }
}
