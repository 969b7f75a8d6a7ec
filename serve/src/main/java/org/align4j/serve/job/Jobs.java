package org.align4j.serve.job;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.machine.JvmSettings;
import org.align4j.core.run.Run;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.serve.files.FileUser;
import org.align4j.serve.files.Space;
import org.align4j.serve.job.Job.Fault;
import org.align4j.serve.job.Job.State;
import org.align4j.serve.job.JobExamination.Found;
import org.align4j.serve.job.JobTable.Kept;
import org.align4j.serve.job.JobTable.Told;
import org.align4j.serve.store.Call;
import org.align4j.serve.store.Store;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** The fine-tuning jobs of a server, over its restarts: created, queued, trained in processes of their own, paused, resumed and cancelled. */
public final class Jobs implements FileUser, AutoCloseable {
    private static final int BUSY_SECONDS = 30;

    private final Store store;
    private final Settings settings;
    private final JobFolders folders;
    private final JobWork work;
    private final JobFiles files;
    private final List<Consumer<TunedModel>> leavings = new CopyOnWriteArrayList<>();

    private Jobs(Store store, JobFiles files, Settings settings) {
        this.store = store;
        this.files = files;
        this.settings = settings;
        this.folders = new JobFolders(settings.folder());
        this.work = new JobWork(store, folders, files, settings);
    }

    /**
     * What jobs are run with.
     *
     * @param folder of the server; runs and models lie below it
     * @param workers jobs that train side by side
     * @param maxQueue jobs that may wait
     * @param engine device, dtype and threads
     * @param launch starts a JVM with the program's class path, up to the main class
     * @param freeBytes how much room the disk has
     * @param log receives a sentence of what a person who runs the server should know
     */
    public record Settings(
            Path folder,
            int workers,
            int maxQueue,
            EngineOptions engine,
            List<String> launch,
            LongSupplier freeBytes,
            Consumer<String> log) {
        /** Takes a copy. */
        public Settings {
            folder = folder.toAbsolutePath().normalize();
            launch = List.copyOf(launch);
        }

        /** Starts trainers like this process, and asks the disk itself. */
        public Settings(Path folder, int workers, int maxQueue, EngineOptions engine) {
            this(folder, workers, maxQueue, engine, JvmSettings.launch(), () -> Space.free(folder), sentence -> {});
        }

        /** Returns these settings with another listener. */
        public Settings telling(Consumer<String> other) {
            return new Settings(folder, workers, maxQueue, engine, launch, freeBytes, other);
        }

        /** The threads of each training: as asked, else its share of the cores. */
        int threads() {
            return engine.threads() == null ? Math.max(1, engine.usedThreads() / workers) : engine.threads();
        }
    }

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

        /** Cuts a list that was read with one item more than the limit, which says whether others come. */
        public static <T> Slice<T> of(List<T> oneMore, int limit) {
            boolean more = oneMore.size() > limit;
            return new Slice<>(more ? oneMore.subList(0, limit) : oneMore, more);
        }
    }

    /** Takes the jobs of a server in hand; {@link #start} lets them go on. */
    public static Jobs open(Store store, JobFiles files, Settings settings) {
        Jobs jobs = new Jobs(store, files, settings);
        try {
            jobs.folders.make();
            jobs.folders.sweep(
                    store.read(connection -> new JobTable(connection).adapters()),
                    store.read(connection -> new JobTable(connection).deleted()),
                    store.read(connection -> new JobTable(connection).withoutModels()));
            return jobs;
        } catch (IOException failed) {
            throw new InputException(
                    format("%s can't be written: %s.", settings.folder(), FileFailure.reason(failed)), failed);
        }
    }

    /**
     * Lets waiting jobs train and those go on that were at work when the last server ended.
     *
     * @param by grades answers of reinforcement jobs
     */
    public void start(JobGraders by) {
        work.start(by);
    }

    /**
     * Takes a job in, which is examined and trained later; a repeated call answers with the job that it made before.
     *
     * @throws Refusal 503 where too many jobs wait, 400 where a key was used with another body, 507 where the disk is full
     */
    public Job create(JobRequest request, Call call) {
        Optional<Kept> before = store.read(connection -> made(new JobTable(connection), request, call));
        if (before.isPresent()) {
            return before.get().job();
        }
        Space.requireRoom(settings.freeBytes().getAsLong(), "a job needs more");
        Job job = store.write(connection -> {
            JobTable table = new JobTable(connection);
            Optional<Kept> meanwhile = made(table, request, call);
            if (meanwhile.isPresent()) {
                return meanwhile.get().job();
            }
            if (table.waiting() >= settings.maxQueue()) {
                throw Refusal.busy(
                        503,
                        format("%d jobs wait already, which are as many as may; try again later.", settings.maxQueue()),
                        BUSY_SECONDS);
            }
            table.requireStart(request);
            return table.add(request, call).job();
        });
        work.wake();
        return job;
    }

    /** Finds the job that the same call made before. */
    private static Optional<Kept> made(JobTable table, JobRequest request, Call call) throws SQLException {
        Optional<Long> number = call.before(table.sql(), "jobs", request.project());
        return number.isPresent() ? Optional.of(table.get(number.get())) : Optional.empty();
    }

    /** Counts the jobs of all projects by where they stand. */
    public Map<State, Long> counts() {
        return store.read(connection -> new JobTable(connection).counts());
    }

    /** Finds a job of a project. */
    public Optional<Job> find(String project, String id) {
        return store.read(connection -> new JobTable(connection).find(project, id))
                .map(this::estimated);
    }

    /** Returns whether an unfinished job of a project needs a file that rows are in. */
    @Override
    public boolean needs(String project, String file) {
        return store.read(connection -> new JobTable(connection).needs(project, file));
    }

    /** Deletes what ended jobs copied of a file's rows, and what their runs and events may quote of them; figures and models stay. */
    @Override
    public void forget(String project, String file) throws IOException {
        for (Kept kept : store.read(connection -> new JobTable(connection).endedWith(project, file))) {
            String id = kept.job().id();
            boolean training = kept.job().asked().trainingFile().equals(file);
            if (training) {
                folders.forgetRows(id, "training", "with " + file);
            }
            if (file.equals(kept.job().asked().validationFile())) {
                folders.forgetRows(id, "validation", "with " + file);
            }
            if (!kept.deleted()) {
                store.change(connection -> new JobTable(connection).forgetRows(kept.number(), file, training));
            }
        }
    }

    /** Returns the run of a job, whose directory is there once a trainer began it. */
    public Run run(Job job) {
        return new Run(folders.run(job.id()));
    }

    /** Returns the bytes that a job's training takes at its peak, as forecast; 0 before the job was examined. */
    public long memory(Job job) {
        return store.read(connection -> kept(new JobTable(connection), job).memory());
    }

    private Job estimated(Kept kept) {
        JobTraining training = work.training(kept.number());
        Job job = kept.job();
        return training == null || job.standing().state() != State.RUNNING
                ? job
                : job.withEstimate(training.estimate());
    }

    /**
     * Lists jobs of a project, the newest first.
     *
     * @param after id of the job before the first; null begins with the newest
     * @param metadata pairs that a job must have; empty takes any, null those without metadata
     * @throws Refusal 400 where {@code after} is no job of the project
     */
    public Slice<Job> list(String project, @Nullable String after, int limit, @Nullable Map<String, String> metadata) {
        return Slice.of(
                store
                        .read(connection -> {
                            JobTable table = new JobTable(connection);
                            long before = before(table, "jobs", "project", project, after);
                            return table.list(project, before, limit + 1, metadata);
                        })
                        .stream()
                        .map(this::estimated)
                        .toList(),
                limit);
    }

    /**
     * Lists what a job reported, the newest first.
     *
     * @param after id of the event before the first; null begins with the newest
     */
    public Slice<JobEvent> events(Job job, @Nullable String after, int limit) {
        return Slice.of(
                store.read(connection -> {
                    JobTable table = new JobTable(connection);
                    long number = kept(table, job).number();
                    return table.events(number, before(table, "job_events", "job", number, after), limit + 1);
                }),
                limit);
    }

    /** Lists the checkpoints of a job that are there, the newest first; {@code after} as in {@link #events}. */
    public Slice<JobCheckpoint> checkpoints(Job job, @Nullable String after, int limit) {
        return Slice.of(
                store.read(connection -> {
                    JobTable table = new JobTable(connection);
                    long number = kept(table, job).number();
                    return table.checkpoints(number, before(table, "models", "job", number, after), limit + 1);
                }),
                limit);
    }

    private static long before(JobTable table, String name, String column, Object owner, @Nullable String after)
            throws SQLException {
        return after == null ? Long.MAX_VALUE : table.sql().place(name, column, owner, after);
    }

    private static Kept kept(JobTable table, Job job) throws SQLException {
        return table.find(job.asked().project(), job.id()).orElseThrow();
    }

    /** Stops a job until it is resumed; what it trained is saved. Refuses (400) one that ended. */
    public Job pause(Job job) {
        return changed(job, (table, kept) -> {
            if (table.move(kept.number(), State.PAUSED, State.VALIDATING, State.QUEUED, State.RUNNING)) {
                table.paused(kept.number());
                table.tell(kept.number(), Told.sentence("paused", kept.pauses(), "The job was paused"));
                return true;
            }
            return false;
        });
    }

    /** Lets a paused job queue again; refuses (400) one that isn't paused. */
    public Job resume(Job job) {
        return changed(job, (table, kept) -> {
            if (table.move(kept.number(), State.QUEUED, State.PAUSED)) {
                table.queueLast(kept.number());
                table.tell(
                        kept.number(),
                        Told.sentence("resumed", kept.pauses(), "The job was resumed, moving job to queued state"));
                return true;
            }
            return false;
        });
    }

    /** Ends a job; its last checkpoint stays. Refuses (400) one that ended. */
    public Job cancel(Job job) {
        return changed(job, (table, kept) -> {
            if (table.move(
                    kept.number(), State.CANCELLED, State.VALIDATING, State.QUEUED, State.RUNNING, State.PAUSED)) {
                table.tell(kept.number(), Told.sentence("cancelled", 0, "The job was cancelled"));
                return true;
            }
            return false;
        });
    }

    /** A change of a job's state, which says whether the job could be changed so. */
    private interface Change {
        boolean of(JobTable table, Kept kept) throws SQLException;
    }

    private Job changed(Job job, Change made) {
        Kept after = store.write(connection -> {
            JobTable table = new JobTable(connection);
            Kept kept = kept(table, job);
            if (!made.of(table, kept)) {
                throw new Refusal(
                        400,
                        format(
                                "Job %s is %s, and that can't be done with it any more or yet.",
                                job.id(), kept.job().standing().state().label()));
            }
            return table.get(kept.number());
        });
        JobTraining training = work.training(after.number());
        if (training != null && after.job().standing().state() != State.QUEUED) {
            training.stop();
        } else if (after.job().standing().state() == State.CANCELLED) {
            tidy(after.job());
        }
        work.wake();
        return after.job();
    }

    private void tidy(Job job) {
        try {
            JobTraining.tidy(folders.run(job.id()));
        } catch (IOException failed) {
            settings.log().accept(format("Checkpoints of job %s stay: %s", job.id(), FileFailure.reason(failed)));
        }
    }

    /** Lists the models that jobs of a project made, checkpoints included, the oldest first. */
    public List<TunedModel> models(String project) {
        return store.read(connection -> new JobTable(connection).models(project));
    }

    /** Finds a model that a job of a project made. */
    public Optional<TunedModel> model(String project, String name) {
        return store.read(connection -> new JobTable(connection).model(project, name));
    }

    /** Adds a listener that hears of each model that is deleted, after nobody finds it by its name any more. */
    public void whenGone(Consumer<TunedModel> leaving) {
        leavings.add(leaving);
    }

    /**
     * Deletes a model, and says whether it was there. With what a job ended with, its checkpoints go, too; a checkpoint goes alone.
     *
     * @throws Refusal 400 where an unfinished job starts from it
     */
    public boolean delete(String project, String name) {
        List<TunedModel> gone = store.write(connection -> {
            JobTable table = new JobTable(connection);
            Optional<TunedModel> model = table.model(project, name);
            List<TunedModel> all = model.isEmpty()
                    ? List.of()
                    : model.get().step() != null
                            ? List.of(model.get())
                            : table.models(table.find(project, model.get().job())
                                    .orElseThrow()
                                    .number());
            table.drop(all);
            return all;
        });
        discard(gone);
        return !gone.isEmpty();
    }

    /** Deletes what is on the disk of models that are gone, and has the run keep no weights where none is left of its job. */
    private void discard(List<TunedModel> gone) {
        try {
            for (TunedModel model : gone) {
                leavings.forEach(leaving -> leaving.accept(model));
                AtomicDirectory.delete(model.adapter());
            }
            Set<String> empty = gone.isEmpty()
                    ? Set.of()
                    : Set.copyOf(store.read(connection -> new JobTable(connection).withoutModels()));
            for (TunedModel model : gone) {
                if (empty.contains(model.job())) {
                    folders.forgetWeights(model.job());
                }
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /**
     * Deletes a job that ended, with its models, its result files, its run and its copies of rows.
     *
     * @throws Refusal 400 where it didn't end yet, or where an unfinished job starts from one of its models
     */
    public void remove(Job job) {
        List<TunedModel> gone = new ArrayList<>();
        changed(job, (table, kept) -> {
            if (kept.job().standing().state().isFinal()) {
                gone.addAll(table.models(kept.number()));
                table.drop(gone);
                for (String file : kept.job().outcome().resultFiles()) {
                    files.discard(table.sql().connection(), job.asked().project(), file);
                }
                table.delete(kept.number());
            }
            return kept.job().standing().state().isFinal();
        });
        discard(gone);
        try {
            folders.delete(job.id());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        store.emptyLog();
    }

    /**
     * What a job would be, which wasn't made.
     *
     * @param fault why it couldn't train; null where it could
     * @param stepsAnEpoch steps after which an epoch would end
     */
    public record Preview(@Nullable Fault fault, int stepsAnEpoch) {}

    /** Examines what a job would be trained on, without making one. */
    public Preview preview(JobRequest request) {
        try {
            Found found = work.preview(request);
            return new Preview(found.fault(), found.stepsAnEpoch());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Ends all trainers, which save and go on with the next server. */
    @Override
    public void close() {
        work.close();
    }
}
