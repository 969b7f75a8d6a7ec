package org.align4j.serve.access;

import com.google.common.util.concurrent.Uninterruptibles;
import java.sql.SQLException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.align4j.serve.chat.TokenCount;
import org.align4j.serve.store.Sql;
import org.align4j.serve.store.Store;
import org.align4j.web.ServerThreads;

/**
 * Counts the requests and tokens of projects and keys, a day in UTC and a model at a time. What is counted reaches the disk within a second: a server that
 * is killed loses the count of its last one.
 */
public final class Usage implements AutoCloseable {
    private static final long WRITE_MILLIS = 1000;

    private final Store store;
    private final InstantSource clock;
    private final Consumer<String> log;
    private final Thread writer = ServerThreads.of("usage", this::writeOn, () -> false);
    private final CountDownLatch closing = new CountDownLatch(1);
    private Map<Of, Count> due = new LinkedHashMap<>();

    /**
     * Counts in a store; {@link #start} begins to write.
     *
     * @param log receives a sentence where counts can't be written
     */
    public Usage(Store store, InstantSource clock, Consumer<String> log) {
        this.store = store;
        this.clock = clock;
        this.log = log;
    }

    /**
     * Whose use is counted, and of what.
     *
     * @param day such as {@code 2026-11-30}
     * @param project whose keys
     * @param key the key's name; empty where the server asks for none
     * @param model as clients call it
     */
    public record Of(String day, String project, String key, String model) {}

    /**
     * What was used.
     *
     * @param requests that were answered
     * @param tokens that they took
     */
    public record Count(long requests, TokenCount tokens) {
        private Count plus(Count other) {
            return new Count(
                    requests + other.requests,
                    new TokenCount(
                            tokens.prompt() + other.tokens.prompt(),
                            tokens.reused() + other.tokens.reused(),
                            tokens.answer() + other.tokens.answer()));
        }
    }

    /** Begins to write what is counted. */
    public void start() {
        writer.start();
    }

    /** Counts a request that was answered. */
    public void add(String project, String key, String model, TokenCount tokens) {
        String day = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).toString();
        synchronized (this) {
            due.merge(new Of(day, project, key, model), new Count(1, tokens), Count::plus);
        }
    }

    /** Returns what a project used in its last days, the newest first; those of a day by key and model. */
    public Map<Of, Count> of(String project, int days) {
        String since = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC)
                .minusDays(days - 1L)
                .toString();
        return counts(
                "SELECT day, project, key, model, requests, prompt_tokens, reused_tokens, answer_tokens FROM usage"
                        + " WHERE project = ? AND day >= ? ORDER BY day DESC, key, model",
                project,
                since);
    }

    /** Returns what all projects used since the server's folder is there; no day is named. */
    public Map<Of, Count> totals() {
        return counts("SELECT '', project, key, model, SUM(requests), SUM(prompt_tokens), SUM(reused_tokens),"
                + " SUM(answer_tokens) FROM usage GROUP BY project, key, model ORDER BY project, key, model");
    }

    private Map<Of, Count> counts(String sql, Object... values) {
        write();
        Map<Of, Count> counts = new LinkedHashMap<>();
        store.read(connection -> new Sql(connection)
                .select(
                        row -> counts.put(
                                new Of(row.getString(1), row.getString(2), row.getString(3), row.getString(4)),
                                new Count(
                                        row.getLong(5),
                                        new TokenCount(row.getLong(6), row.getLong(7), row.getLong(8)))),
                        sql,
                        values));
        return counts;
    }

    private void writeOn() {
        try {
            while (!closing.await(WRITE_MILLIS, TimeUnit.MILLISECONDS)) {
                try {
                    write();
                } catch (RuntimeException failed) {
                    log.accept("The use of models can't be written (" + failed.getMessage() + "); it is tried again.");
                }
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private void write() {
        Map<Of, Count> taken;
        synchronized (this) {
            taken = due;
            due = new LinkedHashMap<>();
        }
        if (taken.isEmpty()) {
            return;
        }
        try {
            store.change(connection -> {
                for (Map.Entry<Of, Count> each : taken.entrySet()) {
                    write(new Sql(connection), each.getKey(), each.getValue());
                }
            });
        } catch (RuntimeException failed) {
            synchronized (this) {
                taken.forEach((of, count) -> due.merge(of, count, Count::plus));
            }
            throw failed;
        }
    }

    private static void write(Sql sql, Of of, Count count) throws SQLException {
        sql.update(
                "INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (project, day, key, model) DO UPDATE"
                        + " SET requests = requests + excluded.requests, prompt_tokens = prompt_tokens +"
                        + " excluded.prompt_tokens, reused_tokens = reused_tokens + excluded.reused_tokens, answer_tokens"
                        + " = answer_tokens + excluded.answer_tokens",
                of.day,
                of.project,
                of.key,
                of.model,
                count.requests,
                count.tokens.prompt(),
                count.tokens.reused(),
                count.tokens.answer());
    }

    @Override
    public void close() {
        closing.countDown();
        Uninterruptibles.joinUninterruptibly(writer);
        write();
    }
}
