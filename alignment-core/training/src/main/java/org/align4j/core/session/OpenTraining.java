package org.align4j.core.session;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.OutputFile;
import org.align4j.core.lora.ModelCard;
import org.align4j.core.model.BaseModel;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunResult;
import org.align4j.core.session.TrainingMethod.Trainer;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.cluster.Taker;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.EventStream;
import org.align4j.core.train.TrainedMethod.Evaluation;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * A training whose rows are read and whose model is in memory: commands and Java programs begin and resume runs by it, and use what was
 * trained until it is closed.
 *
 * @param <T> the kind of row
 */
public final class OpenTraining<T extends TokenRow> implements AutoCloseable {
    private final TrainingMethod.Configured<T> method;
    private final TrainingSession<T> session;
    private final EventStream events;
    private @Nullable RunDirectory run;

    private OpenTraining(TrainingMethod.Configured<T> method, TrainingSession<T> session, EventStream events) {
        this.method = method;
        this.session = session;
        this.events = events;
    }

    /**
     * Reads the rows and loads the model.
     *
     * @param open the model where it is in memory already, which stays open; null: it is loaded
     * @throws InputException where options, rows or model are wrong; nothing was written
     */
    public static <T extends TokenRow> OpenTraining<T> open(
            TrainingMethod.Configured<T> method, @Nullable BaseModel open, TrainingLog log) {
        ClusterOptions cluster = method.asked().machine().cluster();
        if (cluster.isUsed()) {
            method.requireTakenElsewhere(cluster);
        }
        ClusterSource.require(cluster);
        EventStream events = new EventStream(log.follower());
        return new OpenTraining<>(
                method, TrainingSession.open(method.recipe(), method.asked(), open, new TrainingLog(events)), events);
    }

    /** Opens what takes the forwards of a method's steps for another process, which settled its options. */
    public static <T extends TokenRow> Taker taker(TrainingMethod.Configured<T> method) {
        return method.taker(open(method, null, TrainingLog.SILENT).session);
    }

    /** Returns the session: rows, model, what is trained. */
    public TrainingSession<T> session() {
        return session;
    }

    /** Returns the directory of the run that was begun or resumed. */
    public Path run() {
        return Objects.requireNonNull(run, "begin or resume a run first").path();
    }

    /** Prints what a run would do; writes nothing. */
    public void describe(Terminal terminal) {
        new DryRun(terminal, method.preview(session)).print(session);
    }

    /**
     * Begins a run and trains it to its end.
     *
     * @return how it ended
     * @throws InputException where nothing was written
     */
    public RunResult begin() {
        try (Trainer trainer = method.trainer(session);
                ClusterSource.Connection cluster = connected(trainer)) {
            TrainingRun<T> run = TrainingRun.begin(session, trainer.config(), cluster);
            try (RunDirectory directory = run.run()) {
                this.run = directory;
                return followed(directory, 0, () -> {
                    run.screen();
                    RunResult result = train(trainer, run, cluster);
                    session.log().note("Wrote " + directory.path() + ".");
                    return result;
                });
            }
        }
    }

    /**
     * Takes a run up from its newest whole checkpoint and trains it to its end.
     *
     * @param stopped in hand; the caller closes it
     * @return how it ended
     * @throws InputException if model or rows are no longer what they were; nothing was changed
     */
    public RunResult resume(RunDirectory stopped) {
        this.run = stopped;
        try (Trainer trainer = method.trainer(session);
                ClusterSource.Connection cluster = connected(trainer)) {
            boolean changed = session.facts().requireUnchanged(stopped, session.rows());
            TrainingRun<T> run = TrainingRun.resumed(session, stopped, cluster);
            List<Integer> steps = stopped.checkpoints().steps();
            return followed(stopped, steps.isEmpty() ? 0 : steps.get(steps.size() - 1), () -> {
                if (changed) {
                    run.screen();
                } else {
                    run.screenOnce();
                }
                return train(trainer, run, cluster);
            });
        }
    }

    /** Has the run's directory and the sinks hear of a training until it ends. */
    private RunResult followed(RunDirectory directory, int from, Supplier<RunResult> training) {
        try (events) {
            events.keepIn(directory.path(), from);
            try {
                RunResult result = training.get();
                events.end(result);
                return result;
            } catch (RuntimeException | Error failed) {
                try {
                    if (directory.isInPlace()) {
                        events.end(directory.result());
                    }
                } catch (RuntimeException unsaid) {
                    failed.addSuppressed(unsaid);
                }
                throw failed;
            }
        }
    }

    /** Connects to the cluster that is asked for, before a run is begun; null where none is. */
    private ClusterSource.@Nullable Connection connected(Trainer trainer) {
        ClusterOptions asked = session.plan().machine().cluster();
        if (!asked.isUsed()) {
            return null;
        }
        return ClusterSource.find(asked).connect(asked, trainer.work(session), session.log());
    }

    private RunResult train(Trainer trainer, TrainingRun<T> run, ClusterSource.@Nullable Connection cluster) {
        return cluster == null ? trainer.train(run) : cluster.taking(() -> trainer.train(run));
    }

    /**
     * Computes the figures of other rows, read by the rules of this training, with what is trained as it is now.
     *
     * @param names files, globs and data sets from the hub
     */
    public Evaluation evaluate(List<String> names) {
        DataFiles.download(names, session.log().downloads());
        DataOptions data = session.plan().inputs().data();
        RowSource others = RowSource.of("rows", names, data.format(), new Columns(data.columns()))
                .with(data.form());
        try (Trainer trainer = method.trainer(session.evaluatingOn(others))) {
            return session.budget().withinMemory(trainer::evaluate);
        }
    }

    /**
     * Writes the adapter as it was trained, with its model card, into a folder that is new or empty.
     *
     * @throws InputException where no adapter was trained, or something is in the folder
     */
    public void saveAdapter(Path folder) {
        if (session.plan().policy().isFull()) {
            throw new InputException(
                    "method is full, which trains no adapter; the trained model is in the run's folder model.");
        }
        RunDirectory from = Objects.requireNonNull(run, "begin or resume a run first");
        ModelCard card = session.card().of(from).of(ModelCard.Product.ADAPTER, "");
        SavedAdapter.write(folder, aside -> session.state().writeAdapter(aside, card));
    }

    @Override
    public void close() {
        session.close();
    }

    /** A PEFT folder that a program asks for: all of it is there afterwards, or nothing. */
    public static final class SavedAdapter {
        private SavedAdapter() {}

        /**
         * Writes an adapter into a folder that is new or empty.
         *
         * @param content writes tensors, configuration and card
         * @throws org.align4j.core.error.InputException where something is in the folder
         * @throws RunException where the disk refuses
         */
        public static void write(Path folder, AtomicDirectory.Content content) {
            RunDirectory.requireNewOrEmpty(folder);
            try {
                Folders.makeParent(OutputFile.folderBehindLinks(folder));
                AtomicDirectory.replace(folder, content);
            } catch (IOException e) {
                throw new RunException(
                        folder + " could not be written: " + FileFailure.reason(e) + "; fix the disk and save again.",
                        e);
            }
        }
    }
}
