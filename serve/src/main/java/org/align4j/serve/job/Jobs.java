package org.align4j.serve.job;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.serve.store.Store;
import org.jspecify.annotations.Nullable;

/** The fine-tuning jobs of a server, over its restarts: created, queued, trained in processes of their own, paused, resumed and cancelled. */
@SuppressWarnings("DoNotCallSuggester")
public final class Jobs implements AutoCloseable {
    private Jobs() {}

    /**
     * What jobs are run with.
     *
     * @param folder of the server; runs and models lie below it
     * @param workers jobs that train side by side
     * @param maxQueue jobs that may wait
     * @param engine device, dtype and threads
     */
    public record Settings(Path folder, int workers, int maxQueue, EngineOptions engine) {}

    /**
     * Some of a list, and whether there is more.
     *
     * @param items in the list's order
     * @param more whether others come after them
     */
    public record Slice<T>(List<T> items, boolean more) {
        /** Takes a copy. */
        public Slice {
            items = List.copyOf(items);
        }
    }

    /** Takes the jobs of a server in hand; {@link #start} lets them go on. */
    public static Jobs open(Store store, JobFiles files, Settings settings) {
        throw new UnsupportedOperationException();
    }

    /** Lets waiting jobs train and those go on that were at work when the last server ended. */
    public void start() {}

    /**
     * Takes a job in, which is examined and trained later; a repeated call answers with the job that it made before.
     *
     * @throws org.align4j.web.Refusal 503 where too many jobs wait, 400 where a key was used with another body, 507 where the disk is full
     */
    public Job create(JobRequest request, JobRequest.Call call) {
        throw new UnsupportedOperationException();
    }

    /** Finds a job of a project. */
    public Optional<Job> find(String project, String id) {
        throw new UnsupportedOperationException();
    }

    /**
     * Lists jobs of a project, the newest first.
     *
     * @param after id of the job before the first; null begins with the newest
     * @param metadata pairs that a job must have; empty takes any, null those without metadata
     * @throws org.align4j.web.Refusal 400 where {@code after} is no job of the project
     */
    public Slice<Job> list(String project, @Nullable String after, int limit, @Nullable Map<String, String> metadata) {
        throw new UnsupportedOperationException();
    }

    /**
     * Lists what a job told, the newest first.
     *
     * @param after id of the event before the first; null begins with the newest
     */
    public Slice<JobEvent> events(Job job, @Nullable String after, int limit) {
        throw new UnsupportedOperationException();
    }

    /** Lists the checkpoints of a job that are there, the newest first; {@code after} as in {@link #events}. */
    public Slice<JobCheckpoint> checkpoints(Job job, @Nullable String after, int limit) {
        throw new UnsupportedOperationException();
    }

    /** Stops a job until it is resumed; what it trained is saved. Refuses (400) one that ended. */
    public Job pause(Job job) {
        throw new UnsupportedOperationException();
    }

    /** Lets a paused job queue again; refuses (400) one that isn't paused. */
    public Job resume(Job job) {
        throw new UnsupportedOperationException();
    }

    /** Ends a job; its last checkpoint stays. Refuses (400) one that ended. */
    public Job cancel(Job job) {
        throw new UnsupportedOperationException();
    }

    /** Lists the models that jobs of a project made, checkpoints included, the oldest first. */
    public List<TunedModel> models(String project) {
        throw new UnsupportedOperationException();
    }

    /** Finds a model that a job of a project made. */
    public Optional<TunedModel> model(String project, String name) {
        throw new UnsupportedOperationException();
    }

    /** Deletes a model, and tells whether it was there. */
    public boolean delete(String project, String name) {
        throw new UnsupportedOperationException();
    }

    /** Ends all trainers, which save and go on with the next server. */
    @Override
    public void close() {}
}
