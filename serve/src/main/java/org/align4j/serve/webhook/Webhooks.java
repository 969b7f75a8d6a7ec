package org.align4j.serve.webhook;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.align4j.core.error.FileFailure;
import org.align4j.core.files.Json;
import org.align4j.serve.store.Sql;
import org.align4j.serve.store.Store;
import org.align4j.web.Outgoing;
import org.align4j.web.ServerThreads;
import org.jspecify.annotations.Nullable;

/**
 * Notifies addresses that jobs and batches ended, each at its own speed, again after growing pauses where one doesn't answer with 2xx, over restarts of the
 * server. A message keeps its id over all tries, by which a receiver knows one that it had.
 */
public final class Webhooks implements AutoCloseable {
    /** Pauses between tries; after the last one the message is given up. */
    static final List<Duration> PAUSES = List.of(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofMinutes(2),
            Duration.ofMinutes(10),
            Duration.ofMinutes(30),
            Duration.ofHours(1),
            Duration.ofHours(3),
            Duration.ofHours(8),
            Duration.ofHours(12));

    private static final long LOOK_MILLIS = 500;
    private static final long PAUSE_AFTER_TROUBLE_MILLIS = 5000;

    private final Store store;
    private final List<Hook> hooks;
    private final Settings settings;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closed;

    private Webhooks(Store store, List<Hook> hooks, Settings settings) {
        this.store = store;
        this.hooks = hooks;
        this.settings = settings;
    }

    /**
     * What messages are sent with.
     *
     * @param outgoing says where to, how long and how much
     * @param clock says when a try is due
     * @param log receives a sentence of what a person who runs the server should know
     */
    public record Settings(Outgoing outgoing, InstantSource clock, Consumer<String> log) {}

    /** A message on its way to an address. */
    private record Delivery(long notice, String id, String type, String subject, long created, int tries) {}

    /** A message that addresses are still to be found for. */
    private record Notice(long number, String project, String type) {}

    /**
     * Opens the webhooks of a file; {@link #start} begins to send.
     *
     * @param file an array of {@code {"url", "secret", "project", "events"}}; null for none
     * @throws org.align4j.core.error.InputException where it isn't of that form, or names an address that may not be sent to
     */
    public static Webhooks open(Store store, @Nullable Path file, Settings settings) {
        return new Webhooks(store, file == null ? List.of() : Hook.read(file, settings.outgoing.allowed()), settings);
    }

    /** Begins to send, with what an earlier server left. */
    public void start() {
        begin("webhooks", this::spread);
        hooks.forEach(hook -> begin("webhook-" + hook.url().getHost(), () -> send(hook)));
    }

    private void begin(String name, Step step) {
        Thread thread = ServerThreads.of(name, () -> again(step), () -> closed);
        threads.add(thread);
        thread.start();
    }

    /** Something that is done over and over. */
    private interface Step {
        void take() throws InterruptedException;
    }

    private void again(Step step) {
        try {
            while (!closed) {
                try {
                    step.take();
                    TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
                } catch (RuntimeException failed) {
                    settings.log.accept(format("Webhooks wait: %s.", failed.getMessage()));
                    TimeUnit.MILLISECONDS.sleep(PAUSE_AFTER_TROUBLE_MILLIS);
                }
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private long now() {
        return settings.clock.instant().getEpochSecond();
    }

    /** Finds the addresses of new messages, and drops messages that are done with. */
    private void spread() {
        List<Notice> fresh = store.read(connection -> new Sql(connection)
                .select(
                        row -> new Notice(row.getLong(1), row.getString(2), row.getString(3)),
                        "SELECT number, project, type FROM notices WHERE spread = 0 ORDER BY number"));
        if (!fresh.isEmpty()) {
            store.change(connection -> {
                for (Notice notice : fresh) {
                    spread(new Sql(connection), notice);
                }
            });
        }
    }

    private void spread(Sql sql, Notice notice) throws SQLException {
        for (Hook hook : hooks) {
            if (hook.hears(notice.project, notice.type)) {
                sql.update(
                        "INSERT OR IGNORE INTO deliveries (notice, address, due) VALUES (?, ?, ?)",
                        notice.number,
                        hook.url().toString(),
                        now());
            }
        }
        sql.update("UPDATE notices SET spread = 1 WHERE number = ?", notice.number);
        drop(sql, notice.number);
    }

    private static void drop(Sql sql, long notice) throws SQLException {
        sql.update(
                "DELETE FROM notices WHERE number = ?1 AND spread = 1"
                        + " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE notice = ?1)",
                notice);
    }

    private void send(Hook hook) throws InterruptedException {
        List<Delivery> due = store.read(connection -> new Sql(connection)
                .select(
                        row -> new Delivery(
                                row.getLong(1),
                                row.getString(2),
                                row.getString(3),
                                row.getString(4),
                                row.getLong(5),
                                row.getInt(6)),
                        "SELECT number, id, type, subject, created, tries FROM deliveries JOIN notices ON"
                                + " notices.number = deliveries.notice WHERE address = ? AND (due <= ? OR due > ?) ORDER"
                                + " BY number LIMIT 100",
                        hook.url().toString(),
                        now(),
                        now()
                                + PAUSES.get(PAUSES.size() - 1)
                                        .toSeconds())); // no pause is as long: the clock was set back
        for (Delivery delivery : due) {
            if (closed) {
                throw new InterruptedException();
            }
            settle(hook, delivery, trouble(hook, delivery));
        }
    }

    /** Sends a message, and returns what went wrong; null where nothing did. */
    private @Nullable String trouble(Hook hook, Delivery delivery) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("id", delivery.id);
        message.put("object", "event");
        message.put("created_at", delivery.created);
        message.put("type", delivery.type);
        message.put("data", Map.of("id", delivery.subject));
        String body = Json.text(message);
        long now = now();
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", "application/json");
        headers.put("User-Agent", "Align4J");
        headers.put("webhook-id", delivery.id);
        headers.put("webhook-timestamp", Long.toString(now));
        headers.put("webhook-signature", hook.signature(delivery.id, now, body));
        try {
            Outgoing.Answer answer = settings.outgoing.post(hook.url(), headers, body.getBytes(StandardCharsets.UTF_8));
            return answer.granted() ? null : "status " + answer.status();
        } catch (IOException failed) {
            return FileFailure.reason(failed);
        }
    }

    private void settle(Hook hook, Delivery delivery, @Nullable String trouble) {
        boolean again = trouble != null && delivery.tries < PAUSES.size();
        store.change(connection -> {
            Sql sql = new Sql(connection);
            if (again) {
                sql.update(
                        "UPDATE deliveries SET tries = tries + 1, due = ? WHERE notice = ? AND address = ?",
                        now() + PAUSES.get(delivery.tries).toSeconds(),
                        delivery.notice,
                        hook.url().toString());
            } else {
                sql.update(
                        "DELETE FROM deliveries WHERE notice = ? AND address = ?",
                        delivery.notice,
                        hook.url().toString());
                drop(sql, delivery.notice);
            }
        });
        if (trouble != null) {
            settings.log.accept(format(
                    "The webhook at %s didn't receive %s of %s (%s)%s.",
                    hook.url().getHost(),
                    delivery.type,
                    delivery.subject,
                    trouble,
                    again ? "; it is tried again in " + PAUSES.get(delivery.tries) : ", and isn't tried again"));
        }
    }

    /** Counts the messages that wait for an address, tries that failed included. */
    public long waiting() {
        return store.read(connection -> new Sql(connection).number("SELECT COUNT(*) FROM deliveries"));
    }

    @Override
    public void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
        try {
            for (Thread thread : threads) {
                thread.join(settings.outgoing.whole().toMillis());
            }
        } catch (InterruptedException inHaste) {
            Thread.currentThread().interrupt();
        }
    }
}
