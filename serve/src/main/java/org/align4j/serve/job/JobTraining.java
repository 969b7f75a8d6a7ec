package org.align4j.serve.job;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.align4j.core.cli.train.TrainerProcess;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Json;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunResult;
import org.align4j.core.verdict.Judgement.Measured;
import org.align4j.core.verdict.Judgement.Verdict;
import org.align4j.serve.job.Job.Fault;
import org.align4j.serve.job.Job.State;
import org.align4j.serve.job.JobTable.Kept;
import org.align4j.serve.job.JobTable.Told;
import org.align4j.serve.store.Store;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Trains one job from where it stands to its end, or until it is asked to stop: starts a trainer, follows its run, starts another one where it was killed,
 * and publishes what came of it. Where this process dies in between, the next one does what is left.
 */
final class JobTraining {
    private static final long LOOK_MILLIS = 100;

    /** How long a trainer that was asked to stop may take over its step. */
    private static final Duration GRACE = Duration.ofMinutes(10);

    /** How often in a row a trainer may end without a step. */
    private static final int TRIES = 5;

    /** Options that clients see as numbers once they are settled. */
    private static final List<String> SETTLED = List.of(
            "epochs", "batch-size", "learning-rate", "beta", "rollouts-per-step", "samples-per-prompt", "eval-every");

    private static final int BUSY = 503;
    private static final int FAILED = 1;
    private static final int REFUSED = 2;

    private final Store store;
    private final JobFolders folders;
    private final JobFiles files;
    private final TrainerProcess.Launch launch;
    private final JobGraders graders;
    private final Kept kept;
    private final String id;
    private final Run run;
    private final RunFollower follower;
    private volatile boolean stopped;
    private boolean settled;

    JobTraining(Doors doors, TrainerProcess.Launch launch, Kept kept) {
        this.store = doors.store;
        this.folders = doors.folders;
        this.files = doors.files;
        this.graders = doors.graders;
        this.launch = launch;
        this.kept = kept;
        this.id = kept.job().id();
        this.run = new Run(folders.run(id));
        this.follower = new RunFollower(store, folders, kept);
    }

    /**
     * What all trainings of a server share.
     *
     * @param store of the jobs
     * @param folders of the server
     * @param files of clients
     * @param graders of reinforcement jobs
     */
    record Doors(Store store, JobFolders folders, JobFiles files, JobGraders graders) {}

    /** Asks that the trainer saves and ends; {@link #train} returns when it has. */
    void stop() {
        stopped = true;
    }

    /** Returns when the training will end; null where nobody knows. */
    @Nullable
    Instant estimate() {
        return follower.estimate();
    }

    /** Trains until the job ends or is asked to stop. */
    void train() throws IOException, InterruptedException {
        awaitFormer();
        follower.follow();
        int reached = follower.lastStep();
        String brokenOff = kept.job().standing().state() == State.RUNNING ? "The server was started again" : null;
        for (int tries = 1; !stopped && begin(); tries++) {
            if (isDone()) {
                finish();
                return;
            }
            if (brokenOff != null) {
                goesOn(brokenOff);
            }
            Integer code = attempt();
            if (code == null) {
                return;
            }
            follower.follow();
            if (stopped || isDone()) {
                continue;
            }
            tries = follower.lastStep() > reached ? 1 : tries;
            reached = Math.max(reached, follower.lastStep());
            Fault fault = fault(code, tries);
            if (fault != null) {
                fail(fault);
                return;
            }
            awaitFormer();
            brokenOff = format("The trainer ended with code %d", code);
        }
    }

    /** Reports that the job goes on after somebody ended its trainer. */
    private void goesOn(String why) {
        int step = Run.isOne(run.path()) ? run.checkpoints().keySet().stream().reduce(0, Math::max) : 0;
        String text = why
                + (step == 0
                        ? "; the job begins to train again"
                        : "; the job goes on from its checkpoint of step " + step);
        store.change(connection -> new JobTable(connection).tell(kept.number(), Told.sentence("went-on", step, text)));
    }

    /** Has one trainer train, and returns how it ended; null where its grader can't be used any more, for which the job has failed. */
    private @Nullable Integer attempt() throws IOException, InterruptedException {
        try (JobGraders.Session session = grading()) {
            TrainerProcess trainer = start(session == null ? launch : launch.with(session.environment()));
            try {
                watch(trainer);
            } finally {
                trainer.stop();
            }
            return trainer.code();
        } catch (Refusal refusal) {
            fail(new Fault(
                    refusal.status() == BUSY ? "insufficient_memory" : "invalid_grader", refusal.message(), "method"));
            return null;
        }
    }

    /** Opens the grading of a reinforcement job, and waits a while where its models have no room yet; null for other jobs. */
    private JobGraders.@Nullable Session grading() throws InterruptedException {
        if (kept.job().asked().method() != JobRequest.Method.REINFORCEMENT) {
            return null;
        }
        long until = System.nanoTime() + GRACE.toNanos();
        while (true) {
            try {
                return graders.open(kept.job());
            } catch (Refusal refusal) {
                if (refusal.status() != BUSY || stopped || System.nanoTime() > until) {
                    throw refusal;
                }
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    /** Waits for a trainer that another server started, or one that holds the run for another reason. */
    private void awaitFormer() throws IOException, InterruptedException {
        String name = store.read(connection -> new JobTable(connection).get(kept.number()))
                .trainer();
        Optional<ProcessHandle> former = name == null ? Optional.empty() : TrainerProcess.living(name);
        if (former.isPresent() && former.get().pid() != ProcessHandle.current().pid()) {
            await(former.get());
        }
        TrainerProcess.awaitRelease(run.path(), GRACE, () -> stopped);
    }

    private static void await(ProcessHandle former) throws InterruptedException {
        CompletableFuture<ProcessHandle> end = former.onExit();
        try {
            end.get(GRACE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException hangs) {
            former.destroyForcibly();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Lets the job count as running, unless it was stopped meanwhile. */
    private boolean begin() {
        return store.write(connection -> {
            JobTable table = new JobTable(connection);
            boolean mine = table.move(kept.number(), State.RUNNING, State.QUEUED, State.RUNNING);
            if (mine) {
                table.tell(kept.number(), Told.sentence("started", 0, "Fine-tuning job started"));
            }
            return mine;
        });
    }

    private boolean isDone() {
        return Run.isOne(run.path()) && run.status() == RunResult.Status.DONE;
    }

    private TrainerProcess start(TrainerProcess.Launch launch) throws IOException {
        boolean begun = Run.isOne(run.path());
        if (!begun) {
            follower.again();
        }
        List<String> words = begun
                ? List.of("resume", run.path().toString())
                : List.of(
                        kept.job().asked().method().command(),
                        "--config",
                        folders.request(id).toString(),
                        "--out",
                        run.path().toString());
        TrainerProcess trainer = TrainerProcess.start(
                launch,
                words,
                folders.answer(id),
                ProcessBuilder.Redirect.appendTo(folders.log(id).toFile()));
        try {
            String name = trainer.name();
            store.change(connection -> {
                new JobTable(connection).trainer(kept.number(), name);
            });
            return trainer;
        } catch (RuntimeException failed) {
            trainer.stop();
            throw failed;
        }
    }

    private void watch(TrainerProcess trainer) throws IOException, InterruptedException {
        long until = Long.MAX_VALUE;
        while (!trainer.await(LOOK_MILLIS)) {
            follower.follow();
            settle();
            if (stopped && until == Long.MAX_VALUE) {
                trainer.stop();
                until = System.nanoTime() + GRACE.toNanos();
            }
            if (System.nanoTime() > until) {
                trainer.kill();
            }
        }
        settle();
    }

    /** Keeps what the run made of its options, once it says so. */
    private void settle() {
        if (!settled && Run.isOne(run.path())) {
            settled = true;
            Map<String, Object> options = run.options();
            Map<String, Object> named = new LinkedHashMap<>();
            for (String name : SETTLED) {
                if (options.get(name) != null) {
                    named.put(name, options.get(name));
                }
            }
            store.change(connection -> {
                new JobTable(connection).settled(kept.number(), named);
            });
        }
    }

    /** Returns why a trainer's end is the job's; null where another trainer goes on. */
    private @Nullable Fault fault(int code, int tries) throws IOException {
        JsonNode answer = answer();
        String message = folders.named(kept.job(), answer.path("message").asText(""));
        boolean memory = answer.path("code").asText().equals("out-of-memory");
        boolean there = Files.isDirectory(run.path());
        if (code == FAILED && (there || memory)) {
            String reason = message.isEmpty() ? String.valueOf(run.result().reason()) : message;
            return new Fault(memory ? "insufficient_memory" : "training_failed", reason, null);
        }
        if (code == REFUSED && (tries >= TRIES || !isHeldByAnother(message))) {
            return new Fault("invalid_request", message, null);
        }
        return tries < TRIES
                ? null
                : new Fault(
                        "training_failed",
                        format(
                                "The trainer ended %d times without a step (exit code %d); the machine's memory may be"
                                        + " too small.",
                                tries, code),
                        null);
    }

    /** Whether a trainer was refused because the one of a former server was still at it. */
    private static boolean isHeldByAnother(String message) {
        return message.contains("is being written by process") || message.contains("must be new or empty");
    }

    private JsonNode answer() throws IOException {
        String text = Files.exists(folders.answer(id)) ? Files.readString(folders.answer(id)) : "";
        try {
            return Json.read(text.isBlank() ? "{}" : text);
        } catch (JsonProcessingException torn) {
            return Json.object(); // it was killed while it answered
        }
    }

    private void fail(Fault fault) throws IOException {
        follower.end();
        store.change(connection -> {
            JobTable table = new JobTable(connection);
            if (table.move(kept.number(), State.FAILED, State.RUNNING)) {
                table.fault(kept.number(), fault);
            }
        });
        tidy(run.path());
    }

    private void finish() throws IOException {
        settle();
        follower.end();
        Path place = folders.model(id, "result");
        JobFolders.publish(run.path().resolve("adapter"), place);
        AtomicFile.write(
                folders.figures(id),
                ResultCsv.of(kept.job().asked(), run.metrics()).getBytes(StandardCharsets.UTF_8));
        tidy(run.path());
        RunResult result = run.result();
        long tokens = (long) result.metrics().get("num_tokens").orElse(0);
        String name = TunedModel.name(kept.job());
        String file = JobTable.id("file-");
        store.change(connection -> {
            JobTable table = new JobTable(connection);
            if (table.move(kept.number(), State.SUCCEEDED, State.RUNNING)) {
                table.add(kept.number(), RunFollower.model(kept.job(), name, null, place), Map.of());
                table.result(kept.number(), name, tokens, file);
                if (result.reason() != null) {
                    table.tell(kept.number(), Told.sentence("ended-early", result.step(), result.reason()));
                }
                table.tell(kept.number(), Told.sentence("verdict", 0, verdict(result)));
                table.tell(kept.number(), Told.sentence("model", 0, "New fine-tuned model created: " + name));
                table.tell(kept.number(), Told.sentence("succeeded", 0, "The job has successfully completed"));
                files.enter(
                        connection,
                        new JobFiles.ResultFile(
                                file,
                                kept.job().asked().project(),
                                isAzures() ? "results.csv" : "step_metrics.csv",
                                folders.figures(id)));
            }
        });
    }

    /** Says what the training did to the model on rows that were held out, with the figures that this rests on. */
    private String verdict(RunResult result) {
        String begin = "Verdict: "
                + Objects.requireNonNullElse(result.verdict(), Verdict.UNCLEAR).word() + "; ";
        List<Measured> evidence = Objects.requireNonNullElse(result.evidence(), List.of());
        if (evidence.isEmpty()) {
            return begin
                    + (kept.job().asked().validationFile() == null
                            ? "without a validation file nothing says how the model does on rows that it wasn't"
                                    + " trained on."
                            : "the run's report has the reasons.");
        }
        StringJoiner figures = new StringJoiner("; ", begin, ".");
        for (Measured figure : evidence) {
            figures.add(format(
                    "%s of %d validation rows %.4g before, %.4g after, difference %.4g (95 %% interval %s to %s)",
                    figure.figure(),
                    figure.n(),
                    figure.before(),
                    figure.after(),
                    figure.difference(),
                    bound(figure, 0),
                    bound(figure, 1)));
        }
        return figures.toString();
    }

    private static String bound(Measured figure, int end) {
        Double bound = figure.interval().get(end);
        return bound == null ? "unbounded" : format("%.4g", bound);
    }

    /** Whether the job came in by Azure's door, whose result files have a name and columns of their own. */
    private boolean isAzures() {
        return kept.job().asked().origin().door().equals("azure");
    }

    /** Deletes what a run that ended needs no more: all checkpoints but the newest, from which it can be lengthened, and published adapters. */
    static void tidy(Path path) throws IOException {
        if (Run.isOne(path)) {
            List<Path> checkpoints = List.copyOf(new Run(path).checkpoints().values());
            for (Path older : checkpoints.subList(0, Math.max(0, checkpoints.size() - 1))) {
                AtomicDirectory.delete(older);
            }
            AtomicDirectory.delete(path.resolve("adapters"));
        }
    }
}
