package org.align4j.web;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that can't be granted, with what HTTP says of it. Handlers throw it; each dialect writes it in the shape that its clients read.
 */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int LONGEST_WAIT_SECONDS = 60;

    private final int status;
    private final transient Map<String, String> headers;
    private final @Nullable String param;
    private final @Nullable String code;

    private Refusal(
            int status, String message, Map<String, String> headers, @Nullable String param, @Nullable String code) {
        super(message, null, false, false);
        this.status = status;
        this.headers = Map.copyOf(headers);
        this.param = param;
        this.code = code;
    }

    /**
     * Refuses with headers of its own.
     *
     * @param status of HTTP, 400 to 599
     * @param message what was given, what is required, what to do
     * @param headers such as {@code Retry-After}
     */
    public Refusal(int status, String message, Map<String, String> headers) {
        this(status, message, headers, null, null);
    }

    /** Refuses with a status of HTTP and a message that says what was given, what is required and what to do. */
    public Refusal(int status, String message) {
        this(status, message, Map.of());
    }

    /** Refuses for the moment; the client may come back after so many seconds, at most 60. */
    public static Refusal busy(int status, String message, int seconds) {
        int wait = Math.min(LONGEST_WAIT_SECONDS, Math.max(1, seconds));
        return new Refusal(status, message, Map.of("Retry-After", String.valueOf(wait)));
    }

    /**
     * Returns this refusal with what programs read of it.
     *
     * @param field of the request that is wrong, such as {@code hyperparameters.n_epochs}, or null
     * @param word that names the kind of mistake, such as {@code model_not_found}, or null
     */
    public Refusal about(@Nullable String field, @Nullable String word) {
        return new Refusal(status, message(), headers, field, word);
    }

    /** Returns the sentence for people, in which files of this machine have no place but their names. */
    public String message() {
        return HiddenPaths.in(String.valueOf(getMessage()));
    }

    /** Returns the status of HTTP. */
    public int status() {
        return status;
    }

    /** Returns the headers that go with the status. */
    public Map<String, String> headers() {
        return headers;
    }

    /** Returns the field of the request that is wrong, or null. */
    public @Nullable String param() {
        return param;
    }

    /** Returns the word that names the kind of mistake, or null. */
    public @Nullable String code() {
        return code;
    }
}
