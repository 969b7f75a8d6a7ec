package org.align4j.serve.batch;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.serve.chat.TokenCount;
import org.jspecify.annotations.Nullable;

/**
 * A batch of requests as it stands.
 *
 * @param id {@code batch_…}
 * @param asked what the client asked
 * @param state where it stands
 * @param times seconds since 1970 at which it came into each state that it was in
 * @param model that its requests ask for; null before they were examined
 * @param problems why it failed; empty otherwise
 * @param counts of its requests and their tokens
 * @param output id of the file with the answers; null where there is none, or not yet
 * @param errors id of the file with the requests that got none; null where there is none, or not yet
 */
public record Batch(
        String id,
        Asked asked,
        State state,
        Map<State, Long> times,
        @Nullable String model,
        List<Problem> problems,
        Counts counts,
        @Nullable String output,
        @Nullable String errors) {
    /** Seconds after its creation at which requests that weren't answered are given up. */
    public static final long WINDOW = 24 * 60 * 60;

    /** Takes copies. */
    public Batch {
        times = Collections.unmodifiableMap(new LinkedHashMap<>(times));
        problems = List.copyOf(problems);
    }

    /** Returns when the batch was created, in seconds since 1970. */
    public long created() {
        return times.getOrDefault(State.VALIDATING, 0L);
    }

    /**
     * What a client asks of a batch.
     *
     * @param project whose batch it is
     * @param key the name of the key that asks; empty where none was needed
     * @param endpoint that all requests go to, such as {@code /v1/chat/completions}
     * @param input id of the file with the requests
     * @param lifetime seconds after which the files that it makes are deleted; null where they stay
     * @param metadata the client's own notes
     */
    public record Asked(
            String project,
            String key,
            String endpoint,
            String input,
            @Nullable Long lifetime,
            Map<String, String> metadata) {
        /** Takes a copy. */
        public Asked {
            metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        }
    }

    /** Where a batch stands. */
    public enum State {
        /** The batch's requests are examined. */
        VALIDATING,
        /** The batch's requests can't be read; its problems say why. */
        FAILED,
        /** The batch's requests are answered. */
        IN_PROGRESS,
        /** All requests are answered; the batch's files are written. */
        FINALIZING,
        /** The batch's files are there. */
        COMPLETED,
        /** The batch's time is over; what was answered until then is in its files. */
        EXPIRED,
        /** Somebody ended it; answers that are on their way are waited for. */
        CANCELLING,
        /** Somebody ended it; what was answered until then is in its files. */
        CANCELLED;

        /** Returns the state as a word. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether nothing more happens to the batch. */
        public boolean isFinal() {
            return this == FAILED || this == COMPLETED || this == EXPIRED || this == CANCELLED;
        }
    }

    /**
     * Something that is wrong with a batch's requests.
     *
     * @param code such as {@code invalid_json_line}
     * @param message for a person
     * @param line of the file, from 1; null where it isn't about one
     * @param param the field that is to blame; null where none is
     */
    public record Problem(
            String code,
            String message,
            @Nullable Integer line,
            @Nullable String param) {}

    /**
     * Counts of a batch's requests.
     *
     * @param total requests
     * @param completed requests that were answered
     * @param failed requests that were refused, or that nobody came to answer
     * @param tokens of those that were answered
     */
    public record Counts(int total, int completed, int failed, TokenCount tokens) {}
}
