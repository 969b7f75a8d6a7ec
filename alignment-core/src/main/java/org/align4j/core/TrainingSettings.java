package org.align4j.core;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.RunException;
import org.align4j.core.error.Shortened;
import org.align4j.core.machine.JvmSettings;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.run.OwnRows;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.Resumption;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.options.Continuation;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * Holds how a method is to train: the options that every method has. Each method of this class returns new settings; what is asked is done, or
 * refused when the training begins.
 *
 * @param <S> the settings of one method, such as {@link Sft}
 * @param <R> the rows that it learns from
 * @param <M> what comes of a training
 */
public abstract class TrainingSettings<S extends TrainingSettings<S, R, M>, R extends Rows, M> {
    private final Request asked;

    /** The options that were asked for so far. */
    protected TrainingSettings(Request asked) {
        this.asked = asked;
    }

    /**
     * Holds the options that were asked for so far.
     *
     * @param options by their name on the command line
     * @param evaluation rows to evaluate on; null for none, or for what an option names
     * @param cancellation null: the training can't be cancelled
     */
    protected record Request(
            Map<String, Object> options,
            @Nullable Rows evaluation,
            @Nullable Cancellation cancellation) {
        /** For the classes of the methods. */
        public Request {}

        /** Requests options alone, without evaluation rows or cancellation. */
        public static Request of(Map<String, ?> options) {
            return new Request(new LinkedHashMap<>(options), null, null);
        }
    }

    /** Returns the options that were asked for so far. */
    protected final Request asked() {
        return asked;
    }

    /** Returns settings of the same method where other things are asked. */
    protected abstract S with(Request other);

    /** Returns the training method. */
    protected abstract TrainingMethod<?> method();

    /** Returns the option that names the rows on the command line. */
    protected String rowsOption() {
        return "data";
    }

    /** Returns what a caller gets of a policy that was trained. */
    protected abstract M of(TrainedPolicy trained);

    /**
     * Trains a method on a model to the end.
     *
     * @param base the model that the training begins from
     * @param run the run's directory, new or empty
     * @throws InputException where options, rows or directory are wrong; nothing stays of it
     * @throws RunException where the run can't go on, such as where a reward throws; its last checkpoint is whole
     * @throws org.align4j.core.stop.StoppedException where it was cancelled; the last whole step is saved
     */
    public M train(LanguageModel base, R rows, Path run, TrainingListener listener) {
        return of(begin(method(), base, rows, run, listener));
    }

    /** Trains to the end without a listener. */
    public M train(LanguageModel base, R rows, Path run) {
        return train(base, rows, run, TrainingListener.NONE);
    }

    /** Sets the learning rate; as long as nobody does, it is usual for the method and the model's size. */
    public S learningRate(double rate) {
        return option("learning-rate", rate);
    }

    /** Sets how often the rows are passed over; part of a pass is allowed. */
    public S epochs(double epochs) {
        return option("epochs", epochs);
    }

    /** Sets how many optimizer steps are taken, in place of epochs. */
    public S maxSteps(int steps) {
        return option("max-steps", steps);
    }

    /** Sets how many rows a step learns from. */
    public S batchSize(int rows) {
        return option("batch-size", rows);
    }

    /** Sets how many tokens prompt and answer may have together. */
    public S maxLength(int tokens) {
        return option("max-length", tokens);
    }

    /** Sets the seed of everything random; the same seed gives the same run. */
    public S seed(long seed) {
        return option("seed", seed);
    }

    /** Sets how many threads the training has on the CPU; as long as nobody does, as many as the model was opened with. */
    public S threads(int threads) {
        return option("threads", threads);
    }

    /**
     * Sets any option of the method's command, by its name there.
     *
     * @param name such as {@code lora-rank}, {@code method} or {@code eval-every}
     * @param value as text or in its type: {@code 16}, {@code "full"}
     */
    public S option(String name, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(asked.options());
        more.put(name, value);
        return with(new Request(more, asked.evaluation(), asked.cancellation()));
    }

    /** Sets what {@link Cancellation#cancel} stops this training. */
    public S cancelledBy(Cancellation cancellation) {
        return with(new Request(asked.options(), asked.evaluation(), cancellation));
    }

    /** Sets the rows that are evaluated on before, between and after the steps. */
    public S evaluatedOn(R rows) {
        return with(new Request(asked.options(), rows, asked.cancellation()));
    }

    private <O extends Record> TrainedPolicy begin(
            TrainingMethod<O> method, LanguageModel base, Rows rows, Path run, TrainingListener listener) {
        requireUnset("model", "train is given the model");
        requireUnset(rowsOption(), "train is given the rows");
        requireUnset("out", "train is given the directory of the run");
        requireUnset("dry-run", "train trains; the command line has dry runs");
        requireUnset("watch", "train serves no page; align watch RUN and WatchPage.open(run, 0) of alignment-desk do");
        Map<String, Object> options = base.asOptions();
        asked.options().forEach((name, value) -> options.put(Nearest.normal(name), value));
        options.put("out", run);
        try (OwnRows own = OwnRows.in(run)) {
            options.put(rowsOption(), names(rows, "train", own));
            if (asked.evaluation() != null) {
                requireUnset("eval-data", "the rows to evaluate on are given too");
                options.put("eval-data", names(asked.evaluation(), "eval", own));
            }
            O made = NamedOptions.create(method.options(), options);
            TrainingLog log = new TrainingLog(listener::hear);
            return stoppable(
                    asked.cancellation(), () -> TrainedPolicy.begin(() -> method.configured(made, log), base, log));
        }
    }

    private void requireUnset(String option, String why) {
        if (asked.options().keySet().stream().map(Nearest::normal).anyMatch(option::equals)) {
            throw new InputException(format("%s is set as an option, but %s; leave the option out.", option, why));
        }
    }

    /**
     * Takes a run up from its newest whole checkpoint and trains it to the end.
     *
     * @param cancellation null: the training can't be cancelled
     * @throws InputException where the run is of another method, is done, or isn't as it was
     */
    protected static <O extends Record> TrainedPolicy resume(
            TrainingMethod<O> method, Path run, @Nullable Cancellation cancellation, TrainingListener listener) {
        JvmSettings.require();
        TrainingLog log = new TrainingLog(listener::hear);
        return stoppable(cancellation, () -> {
            try (RunDirectory directory = RunDirectory.open(run)) {
                Object command = directory.manifest().get("command");
                if (!method.name().equals(command)) {
                    throw new InputException(format(
                            "%s is a run of %s, but a run of %s is required here; resume it by the class of that method.",
                            run, command, method.name()));
                }
                O options = new Resumption(directory, Continuation.AS_BEFORE, log).options(method.options());
                return TrainedPolicy.resume(method.configured(options, log), directory, log);
            } catch (IOException e) {
                throw new RunException(run + " can't be read: " + FileFailure.reason(e) + ".", e);
            }
        });
    }

    private static TrainedPolicy stoppable(
            @Nullable Cancellation cancellation, StopSignal.Work<TrainedPolicy, RuntimeException> work) {
        return cancellation == null ? work.run() : cancellation.request().during(work);
    }

    private static List<String> names(Rows rows, String name, OwnRows own) {
        return rows.names().isEmpty() ? List.of(own.write(name, rows.objects()).toString()) : rows.names();
    }

    /** Writes what was asked for so far. */
    @Override
    public String toString() {
        List<String> words = asked.options().entrySet().stream()
                .map(option -> option.getKey() + "=" + option.getValue())
                .toList();
        return getClass().getSimpleName() + "[" + (words.isEmpty() ? "usual" : Shortened.list(words))
                + (asked.evaluation() == null ? "" : ", evaluated on " + asked.evaluation())
                + (asked.cancellation() == null ? "" : ", " + asked.cancellation()) + "]";
    }
}
