package org.align4j.serve.job;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.run.EventsFile;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.RunEvent.Evaluated;
import org.align4j.core.run.RunEvent.Finished;
import org.align4j.core.run.RunEvent.Recorded;
import org.align4j.core.run.RunEvent.Saved;
import org.align4j.core.run.RunEvent.Started;
import org.align4j.core.run.RunEvent.Step;
import org.align4j.core.run.RunEvent.Warned;
import org.align4j.core.run.StepMetrics;
import org.align4j.serve.job.JobEvent.Level;
import org.align4j.serve.job.JobTable.Kept;
import org.align4j.serve.job.JobTable.Told;
import org.align4j.serve.store.Store;
import org.jspecify.annotations.Nullable;

/**
 * Makes what a run's directory says into what its job reports, and publishes the adapter of each epoch. A run may be followed again from its first event,
 * and may take steps again: what was reported before stays as it was.
 */
final class RunFollower {
    /** Checkpoints of a job that stay. */
    static final int CHECKPOINTS = 3;

    /** Steps of a run that are all reported; of a longer one, every tenth is. */
    private static final int ALL_TOLD = 500;

    private static final int STRIDE = 10;

    private final Store store;
    private final JobFolders folders;
    private final Kept kept;
    private EventsFile.Tail tail;
    private final List<Told> due = new ArrayList<>();
    private final List<Saved> saved = new ArrayList<>();
    private final boolean evaluates;
    private final boolean graded;
    private final int evalEvery;
    private @Nullable Step held;
    private Map<String, Object> data = Map.of();
    private int lastStep;
    private int lastStepOfAll;
    private @Nullable Recorded began;
    private volatile @Nullable Instant estimate;

    RunFollower(Store store, JobFolders folders, Kept kept) {
        this.store = store;
        this.folders = folders;
        this.kept = kept;
        this.tail = new EventsFile.Tail(folders.run(kept.job().id()));
        JobRequest asked = kept.job().asked();
        this.evaluates = asked.validationFile() != null;
        this.graded = asked.method() == JobRequest.Method.REINFORCEMENT;
        this.evalEvery = asked.options().get("eval-every") instanceof Number steps ? steps.intValue() : 0;
    }

    /** Reports what the run says since the last call. */
    void follow() throws IOException {
        for (List<Recorded> next = tail.next(); !next.isEmpty(); next = tail.next()) {
            for (Recorded recorded : next) {
                hear(recorded);
            }
            tell();
        }
    }

    /** Follows the run from its first event again, because it is begun again; what was reported stays as it was. */
    void again() {
        tail = new EventsFile.Tail(folders.run(kept.job().id()));
        held = null;
        saved.clear();
    }

    /** Reports what waited for the evaluation of its step, which no longer comes. */
    void end() throws IOException {
        release(StepMetrics.EMPTY);
        tell();
    }

    /** Returns the last step that was taken, over all that was followed. */
    int lastStep() {
        return lastStep;
    }

    /** Returns when the run will end at its present speed; null where nobody knows. */
    @Nullable
    Instant estimate() {
        return estimate;
    }

    private void hear(Recorded recorded) throws IOException {
        RunEvent event = recorded.event();
        if (event instanceof Started started) {
            began = null;
            if (held != null && held.step() > started.from()) {
                held = null; // it will be taken again, and evaluated then
                saved.clear();
            }
            lastStepOfAll = started.totalSteps();
            goOn(started.from());
        } else if (event instanceof Step step) {
            release(StepMetrics.EMPTY);
            hear(step, recorded);
        } else if (event instanceof Evaluated evaluated) {
            if (held != null && held.step() == evaluated.step()) {
                release(evaluated.metrics());
            }
        } else if (event instanceof Saved one) {
            saved.add(one);
            if (held == null) {
                publish();
            }
        } else if (event instanceof Warned warned) {
            String text = folders.named(kept.job(), warned.seen() + " " + warned.advice());
            due.add(new Told("warned-" + warned.code(), 0, Level.WARN, text, null));
        } else if (event instanceof Finished) {
            release(StepMetrics.EMPTY);
        }
    }

    /** Publishes what a run goes on from, where a kill came between the checkpoint and the word that it was saved. */
    private void goOn(int from) throws IOException {
        if (from > 0) {
            saved.add(new Saved(from, format("checkpoints/step-%06d", from)));
            if (held == null) {
                publish();
            }
        }
    }

    private void hear(Step step, Recorded recorded) throws IOException {
        held = step;
        lastStepOfAll = step.totalSteps();
        lastStep = Math.max(lastStep, step.step());
        estimate(step, recorded);
        if (!evaluates || !(isEvaluated(step.step()) || step.step() == step.totalSteps())) {
            release(StepMetrics.EMPTY);
        }
    }

    private boolean endsEpoch(int step) {
        return kept.stepsAnEpoch() > 0 && step % kept.stepsAnEpoch() == 0;
    }

    /** Whether a step is evaluated that isn't the last. */
    private boolean isEvaluated(int step) {
        return evalEvery > 0 ? step % evalEvery == 0 : endsEpoch(step);
    }

    /** Whether the adapter after a step is published: at each epoch's end, or after each evaluation where answers are graded. */
    private boolean isCheckpoint(int step) {
        return (graded && evaluates && evalEvery > 0) ? (isEvaluated(step) || step == lastStepOfAll) : endsEpoch(step);
    }

    private void estimate(Step step, Recorded recorded) {
        Recorded first = began;
        if (first == null) {
            began = recorded;
        } else if (step.step() > first.step()) {
            Duration taken = Duration.between(first.time(), recorded.time());
            double left = (double) (step.totalSteps() - step.step()) / (step.step() - first.step());
            estimate =
                    recorded.time().plusMillis((long) (taken.toMillis() * left)).truncatedTo(ChronoUnit.SECONDS);
        }
    }

    /** Lets a step be reported that may have waited for its evaluation, and what was saved after it. */
    private void release(StepMetrics evaluation) throws IOException {
        Step step = held;
        if (step == null) {
            return;
        }
        held = null;
        data = graded ? ReinforcementFigures.data(step, evaluation) : data(step, evaluation);
        boolean told = step.totalSteps() <= ALL_TOLD
                || step.step() == 1
                || step.step() == step.totalSteps()
                || step.step() % STRIDE == 0;
        if (told) {
            String text = graded ? ReinforcementFigures.text(step, evaluation) : text(step, evaluation);
            due.add(new Told("step", step.step(), Level.INFO, text, data));
        }
        publish();
    }

    private static String text(Step step, StepMetrics evaluation) {
        String text = format(
                "Step %d/%d: training loss=%.2f",
                step.step(), step.totalSteps(), step.metrics().get("loss").orElse(Double.NaN));
        OptionalDouble loss = evaluation.get("eval_loss");
        return loss.isPresent()
                ? text + format(", validation loss=%1$.2f, full validation loss=%1$.2f", loss.getAsDouble())
                : text;
    }

    private static Map<String, Object> data(Step step, StepMetrics evaluation) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("step", step.step());
        data.put("total_steps", step.totalSteps());
        StepMetrics figures = step.metrics();
        put(data, "train_loss", figures.get("loss"));
        put(data, "train_mean_token_accuracy", figures.get("mean_token_accuracy"));
        put(data, "valid_loss", evaluation.get("eval_loss"));
        put(data, "valid_mean_token_accuracy", evaluation.get("eval_mean_token_accuracy"));
        put(data, "full_valid_loss", evaluation.get("eval_loss"));
        put(data, "full_valid_mean_token_accuracy", evaluation.get("eval_mean_token_accuracy"));
        put(data, "reward_accuracy", figures.get("rewards/accuracies"));
        put(data, "reward_margin", figures.get("rewards/margins"));
        put(data, "kl", figures.get("kl"));
        put(data, "full_valid_reward_accuracy", evaluation.get("eval_rewards/accuracies"));
        put(data, "full_valid_reward_margin", evaluation.get("eval_rewards/margins"));
        return data;
    }

    private static void put(Map<String, Object> data, String name, OptionalDouble value) {
        if (value.isPresent() && Double.isFinite(value.getAsDouble())) {
            data.put(name, value.getAsDouble());
        }
    }

    private void tell() {
        if (!due.isEmpty()) {
            List<Told> all = List.copyOf(due);
            store.change(connection -> {
                JobTable table = new JobTable(connection);
                for (Told told : all) {
                    table.tell(kept.number(), told);
                }
            });
            due.clear();
        }
    }

    /** Publishes the adapters of the epochs that were saved, before the trainer drops them. */
    private void publish() throws IOException {
        for (Saved one : List.copyOf(saved)) {
            if (isCheckpoint(one.step())) {
                tell(); // what happened before
                publish(one);
            }
        }
        saved.clear();
    }

    private void publish(Saved one) throws IOException {
        Job job = kept.job();
        String name = TunedModel.name(job) + ":ckpt-step-" + one.step();
        if (store.read(connection -> new JobTable(connection).knows(name))) {
            return;
        }
        Path adapter = folders.run(job.id()).resolve(one.checkpoint().replaceFirst("^checkpoints", "adapters"));
        Path place = folders.model(job.id(), "step-" + one.step());
        JobFolders.publish(adapter, place);
        Map<String, Object> metrics = new LinkedHashMap<>(
                one.step() == ((Number) data.getOrDefault("step", -1)).intValue() ? data : Map.of());
        metrics.values().removeIf(figure -> !(figure instanceof Number));
        enter(job, model(job, name, one.step(), place), metrics, one.step());
    }

    /** Enters a checkpoint, and drops those that are no longer among the job's newest ones, or the best ones of reinforcement. */
    private void enter(Job job, TunedModel model, Map<String, Object> metrics, int step) throws IOException {
        store.change(connection -> {
            JobTable table = new JobTable(connection);
            table.add(kept.number(), model, metrics);
            table.dropOthers(kept.number(), CHECKPOINTS, rank());
            if (table.model(job.asked().project(), model.name()).isPresent()) {
                table.tell(
                        kept.number(),
                        Told.sentence(
                                "checkpoint",
                                step,
                                "Checkpoint created at step " + step + " with Snapshot ID: " + model.name()));
            }
        });
        List<String> there = store.read(connection -> new JobTable(connection).adapters());
        Path models = folders.model(job.id(), "").normalize();
        for (Path place : Folders.list(models)) {
            if (place.getFileName().toString().startsWith("step-") && !there.contains(place.toString())) {
                AtomicDirectory.delete(place);
            }
        }
    }

    /** Returns the figure by which checkpoints stay; empty where the newest do. */
    private String rank() {
        if (!graded) {
            return "";
        }
        return evaluates ? ReinforcementFigures.VALID_REWARD : ReinforcementFigures.TRAIN_REWARD;
    }

    /** Makes the entry of a model that a job made. */
    static TunedModel model(Job job, String name, @Nullable Integer step, Path adapter) {
        JobRequest asked = job.asked();
        return new TunedModel(
                name,
                asked.project(),
                job.id(),
                step,
                new TunedModel.Base(asked.base(), asked.model()),
                adapter,
                JobTable.now());
    }
}
