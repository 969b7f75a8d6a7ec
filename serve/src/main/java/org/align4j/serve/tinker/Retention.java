package org.align4j.serve.tinker;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.align4j.serve.tinker.TinkerTable.Checkpoint;
import org.align4j.serve.tinker.TinkerTable.Model;

/**
 * What is kept for how long: weights until their own time is over, the rest until nobody has called for {@value #DAYS} days. A model that nobody called
 * that long keeps the weights that it saved under a name and loses everything else; one without such weights goes, and so does a session without models
 * that no client is in. May be used from several threads.
 */
final class Retention {
    /** Days after the last call. */
    static final int DAYS = 30;

    private static final Duration KEPT = Duration.ofDays(DAYS);
    private static final Duration PAUSE = Duration.ofHours(1);

    private final TinkerTable table;
    private final TinkerModels models;
    private final SavedWeights weights;
    private final InstantSource clock;
    private final Map<String, Instant> heard = new ConcurrentHashMap<>();
    private Instant next;

    /** Keeps what is in the database; sessions have the first hour to be heard of. */
    Retention(TinkerTable table, TinkerModels models, SavedWeights weights, InstantSource clock) {
        this.table = table;
        this.models = models;
        this.weights = weights;
        this.clock = clock;
        this.next = clock.instant().plus(PAUSE);
    }

    /** Notes that the client of a session lives. */
    void hear(String session) {
        heard.put(session, clock.instant());
    }

    /** Removes weights whose time is over and, once per hour, what nobody called for long. */
    synchronized void sweep() throws IOException {
        Instant now = clock.instant();
        for (Checkpoint expired : table.expired(now)) {
            weights.delete(expired);
        }
        if (now.isBefore(next)) {
            return;
        }
        next = now.plus(PAUSE);
        Instant since = now.minus(KEPT);
        for (Model model : table.models(since)) {
            sweep(model, since);
        }
        heard.values().removeIf(last -> last.isBefore(since));
        for (String session : table.emptySessions(since)) {
            if (!heard.containsKey(session)) {
                table.deleteSession(session);
            }
        }
    }

    private void sweep(Model model, Instant since) throws IOException {
        if (!models.deleteCalls(model, since.toEpochMilli())) {
            return;
        }
        for (Checkpoint unnamed : table.unnamed(model.id())) {
            weights.delete(unnamed);
        }
        if (table.checkpoints(model.id()).isEmpty()) {
            table.deleteModel(model.id());
            weights.deleteFolder(model.id());
        }
    }
}
