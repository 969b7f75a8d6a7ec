package org.align4j.serve.job;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.align4j.core.cli.train.TrainerProcess;
import org.align4j.core.error.FileFailure;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.machine.MemoryLedger;
import org.align4j.serve.job.Job.Fault;
import org.align4j.serve.job.Job.State;
import org.align4j.serve.job.JobExamination.Found;
import org.align4j.serve.job.JobTable.Kept;
import org.align4j.serve.job.JobTable.Told;
import org.align4j.serve.job.Jobs.Settings;
import org.align4j.serve.store.Store;
import org.align4j.web.ServerThreads;
import org.jspecify.annotations.Nullable;

/**
 * What a server does with its jobs on threads of its own: one examines those that wait for it, one begins trainings while there are workers and
 * memory for them, and each training is followed by a thread.
 */
final class JobWork implements AutoCloseable {
    private static final long LOOK_MILLIS = 1000;
    private static final long PAUSE_AFTER_TROUBLE_MILLIS = 5000;

    /** How long trainers may take over their last step when the server ends; later they end alone. */
    private static final Duration TRAINERS_END = Duration.ofMinutes(1);

    private final Store store;
    private final JobFolders folders;
    private final JobFiles files;
    private final Settings settings;
    private final JobExamination examination;
    private volatile @Nullable JobGraders graders;
    private final Map<Long, JobTraining> trainings = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Object change = new Object();
    private volatile long changes;
    private volatile boolean closed;

    JobWork(Store store, JobFolders folders, JobFiles files, Settings settings) {
        this.store = store;
        this.folders = folders;
        this.files = files;
        this.settings = settings;
        this.examination = new JobExamination(folders, files, settings.engine(), settings.threads());
    }

    /** Lets waiting jobs be examined and train. */
    void start(JobGraders by) {
        graders = by;
        begin(ServerThreads.of(
                "job-examiner", () -> takeTurns("the examination of jobs", this::examineNext), () -> closed));
        begin(ServerThreads.of("job-scheduler", () -> takeTurns("the queue of jobs", this::trainNext), () -> closed));
    }

    private void begin(Thread thread) {
        synchronized (threads) {
            threads.removeIf(ended -> !ended.isAlive());
            threads.add(thread);
        }
        thread.start();
    }

    /** Returns the training of a job that is at work; null where none is. */
    @Nullable
    JobTraining training(long number) {
        return trainings.get(number);
    }

    /** Examines what a job would be trained on, without making one. */
    Found preview(JobRequest request) throws IOException {
        return examination.preview(request, Objects.requireNonNull(graders));
    }

    /** Has waiting threads look again. */
    void wake() {
        synchronized (change) {
            changes++;
            change.notifyAll();
        }
    }

    /** One turn of work, which says whether there was any. */
    private interface Turn {
        boolean take() throws InterruptedException;
    }

    /** Takes turns until this is closed, with a rest where there was nothing to do. */
    private void takeTurns(String what, Turn turn) {
        try {
            while (!closed) {
                long seen = changes;
                try {
                    if (!turn.take()) {
                        rest(seen);
                    }
                } catch (RuntimeException failed) {
                    trouble(what, failed);
                }
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private void rest(long seen) throws InterruptedException {
        synchronized (change) {
            long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS);
            while (changes == seen && !closed && System.nanoTime() < until) {
                change.wait(LOOK_MILLIS);
            }
        }
    }

    private void trouble(String what, Exception failed) throws InterruptedException {
        if (!closed) {
            settings.log().accept(format("%s met trouble and is tried again: %s", what, failed));
            Thread.sleep(PAUSE_AFTER_TROUBLE_MILLIS);
        }
    }

    /** Examines the job that waits longest. */
    private boolean examineNext() {
        List<Kept> due = store.read(connection -> new JobTable(connection).due(false, 1));
        due.forEach(this::examine);
        return !due.isEmpty();
    }

    private void examine(Kept kept) {
        JobRequest asked = kept.job().asked();
        String files = "Validating training file: " + asked.trainingFile()
                + (asked.validationFile() == null ? "" : " and validation file: " + asked.validationFile());
        store.change(connection -> {
            new JobTable(connection).tell(kept.number(), Told.sentence("validating", 0, files));
        });
        Found found = found(kept.job());
        store.change(connection -> {
            JobTable table = new JobTable(connection);
            for (Told told : found.told()) {
                table.tell(kept.number(), told);
            }
            table.examined(kept.number(), found.stepsAnEpoch(), found.memory());
            if (found.fault() == null && asked.held()) {
                table.move(kept.number(), State.PAUSED, State.VALIDATING);
                table.tell(
                        kept.number(),
                        Told.sentence("held", 0, "Files validated; the job waits until somebody starts it"));
            } else if (found.fault() == null) {
                table.move(kept.number(), State.QUEUED, State.VALIDATING);
                table.tell(kept.number(), Told.sentence("queued", 0, "Files validated, moving job to queued state"));
            } else if (table.move(kept.number(), State.FAILED, State.VALIDATING, State.QUEUED, State.PAUSED)) {
                table.fault(kept.number(), found.fault());
            }
        });
        wake();
    }

    /** Examines a job's files; where that meets trouble of its own, the job has failed too. */
    private Found found(Job job) {
        try {
            Found found = examination.examine(job, Objects.requireNonNull(graders));
            if (found.fault() == null) {
                AtomicFile.write(
                        folders.request(job.id()),
                        JobRequest.yaml(found.options()).getBytes(StandardCharsets.UTF_8));
            }
            return found;
        } catch (IOException failed) {
            return Found.failed(
                    new Fault("server_error", "Its files can't be read: " + FileFailure.reason(failed) + ".", null),
                    List.of());
        } catch (StackOverflowError deep) {
            return Found.failed(
                    new Fault("invalid_training_file", "Its rows are nested too deep to be read.", "training_file"),
                    List.of());
        }
    }

    /** Begins to train as many waiting jobs as may train side by side, in their order. */
    private boolean trainNext() {
        List<Kept> due =
                store.read(connection -> new JobTable(connection).due(true, settings.workers() + trainings.size()));
        for (Kept kept : due) {
            if (trainings.size() >= settings.workers()) {
                return false;
            }
            if (!trainings.containsKey(kept.number())) {
                Optional<MemoryLedger.Claim> claim = room(kept);
                if (claim.isEmpty()) {
                    return false;
                }
                train(kept, claim.get());
            }
        }
        return false;
    }

    /** Takes room in the machine's memory for a training; a job that would train alone gets it in any case, since it was forecast to fit. */
    private Optional<MemoryLedger.Claim> room(Kept kept) {
        String run = folders.run(kept.job().id()).toString();
        MemoryLedger ledger = MemoryLedger.shared();
        return trainings.isEmpty()
                ? Optional.of(ledger.enter(run, kept.memory(), settings.log()))
                : Optional.ofNullable(ledger.enterIfFree(run, kept.memory(), settings.log()));
    }

    private void train(Kept kept, MemoryLedger.Claim claim) {
        JobTraining training = new JobTraining(
                new JobTraining.Doors(store, folders, files, Objects.requireNonNull(graders)),
                new TrainerProcess.Launch(settings.launch(), claim, Map.of()),
                kept);
        trainings.put(kept.number(), training);
        begin(ServerThreads.forTasks("job-" + kept.job().id()).newThread(() -> {
            try (claim) {
                train(kept, training);
            }
        }));
    }

    private void train(Kept kept, JobTraining training) {
        try {
            training.train();
            tidyCancelled(kept);
        } catch (IOException | RuntimeException failed) {
            try {
                trouble("training of " + kept.job().id(), failed);
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        } finally {
            trainings.remove(kept.number());
            wake();
        }
    }

    private void tidyCancelled(Kept kept) throws IOException {
        State state = store.read(connection ->
                new JobTable(connection).get(kept.number()).job().standing().state());
        if (state == State.CANCELLED) {
            JobTraining.tidy(folders.run(kept.job().id()));
        }
    }

    /** Ends all trainers, which save and go on with the next server. */
    @Override
    public void close() {
        closed = true;
        wake();
        trainings.values().forEach(JobTraining::stop);
        List<Thread> ending;
        synchronized (threads) {
            ending = List.copyOf(threads);
        }
        try {
            for (Thread thread : ending) {
                thread.join(TRAINERS_END.toMillis());
            }
        } catch (InterruptedException inHaste) {
            Thread.currentThread().interrupt();
        }
    }
}
