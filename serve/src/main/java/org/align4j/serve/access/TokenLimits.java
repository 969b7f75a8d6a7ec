package org.align4j.serve.access;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.align4j.core.error.RootFormat;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Limits the tokens of chats and completions that a project, and each of its keys, may have read and written in a minute. A request takes its
 * prompts and the longest answers it asks for from what is left, and gives back what it didn't need; what was taken grows back evenly. A request
 * that needs more than a minute's tokens is let in when all of them are there.
 */
public final class TokenLimits {
    private static final int TOO_MANY = 429;
    private static final double NANOS_PER_MINUTE = 60e9;
    private static final int LONGEST_WAIT_SECONDS = 60;

    private final @Nullable Integer perProject;
    private final @Nullable Integer perKey;
    private final LongSupplier clock;
    private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

    /**
     * Limits of a server.
     *
     * @param perProject tokens per minute of all keys of a project together; null for any number
     * @param perKey tokens per minute of one key; null for any number
     */
    public TokenLimits(@Nullable Integer perProject, @Nullable Integer perKey) {
        this(perProject, perKey, System::nanoTime);
    }

    TokenLimits(@Nullable Integer perProject, @Nullable Integer perKey, LongSupplier clock) {
        this.perProject = perProject;
        this.perKey = perKey;
        this.clock = clock;
    }

    /** What one project or key has left. */
    private static final class Bucket {
        private final int limit;
        private double left;
        private long then;

        Bucket(int limit, long now) {
            this.limit = limit;
            this.left = limit;
            this.then = now;
        }

        void grow(long now) {
            left = Math.min(limit, left + limit * ((now - then) / NANOS_PER_MINUTE));
            then = now;
        }

        double seconds(double tokens) {
            return Math.max(0, tokens * 60 / limit);
        }
    }

    /** Tokens that a request may use. */
    public final class Reservation {
        private final List<Bucket> from;
        private final long tokens;

        private Reservation(List<Bucket> from, long tokens) {
            this.from = from;
            this.tokens = tokens;
        }

        /** Returns OpenAI's headers, which say what is left where there is least; none where nothing is limited. */
        public Map<String, String> headers() {
            synchronized (TokenLimits.this) {
                return from.stream()
                        .min((a, b) -> Double.compare(a.left, b.left))
                        .map(TokenLimits::told)
                        .orElse(Map.of());
            }
        }

        /** Gives back what wasn't needed, or takes what was needed beyond. */
        public void used(long really) {
            synchronized (TokenLimits.this) {
                from.forEach(bucket -> bucket.left = Math.min(bucket.limit, bucket.left + tokens - really));
            }
        }
    }

    /**
     * Takes tokens.
     *
     * @throws Refusal 429 with {@code Retry-After} where too few are left
     */
    public synchronized Reservation reserve(Caller caller, long tokens) {
        Reservation reserved = new Reservation(of(caller), tokens);
        long now = clock.getAsLong();
        for (Bucket bucket : reserved.from) {
            bucket.grow(now);
            double missing = Math.min(bucket.limit, tokens) - bucket.left;
            if (missing > 0) {
                throw refused(bucket, tokens, bucket.seconds(missing), caller);
            }
        }
        reserved.from.forEach(bucket -> bucket.left -= tokens);
        return reserved;
    }

    private List<Bucket> of(Caller caller) {
        List<Bucket> own = new ArrayList<>();
        if (perKey != null && !caller.key().isEmpty()) {
            own.add(bucket("key " + caller.key(), perKey));
        }
        if (perProject != null) {
            own.add(bucket("project " + caller.project(), perProject));
        }
        return own;
    }

    private Bucket bucket(String whose, int limit) {
        return buckets.computeIfAbsent(whose, other -> new Bucket(limit, clock.getAsLong()));
    }

    private static Map<String, String> told(Bucket bucket) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("x-ratelimit-limit-tokens", String.valueOf(bucket.limit));
        headers.put("x-ratelimit-remaining-tokens", String.valueOf((long) Math.max(0, bucket.left)));
        headers.put("x-ratelimit-reset-tokens", text(bucket.seconds(bucket.limit - bucket.left)));
        return headers;
    }

    /** Writes a time as OpenAI does: {@code 120ms}, {@code 2.5s}, {@code 1m3s}. */
    private static String text(double seconds) {
        long millis = (long) Math.ceil(seconds * 1000);
        if (millis < 1000) {
            return millis + "ms";
        }
        String rest = RootFormat.format("%.3f", millis % 60_000 / 1000.0).replaceAll("\\.?0+$", "") + "s";
        return millis < 60_000 ? rest : millis / 60_000 + "m" + rest;
    }

    private static Refusal refused(Bucket bucket, long tokens, double seconds, Caller caller) {
        int wait = (int) Math.min(LONGEST_WAIT_SECONDS, Math.max(1, Math.ceil(seconds)));
        Map<String, String> headers = new LinkedHashMap<>(told(bucket));
        headers.put("Retry-After", String.valueOf(wait));
        return new Refusal(
                        TOO_MANY,
                        "Rate limit reached in project " + caller.project() + " on tokens per min (TPM): Limit "
                                + bucket.limit + ", Used " + (long) (bucket.limit - bucket.left) + ", Requested "
                                + tokens
                                + ". Please try again in " + text(seconds)
                                + ", or ask for fewer tokens (max_completion_tokens).",
                        headers)
                .about(null, "rate_limit_exceeded");
    }
}
