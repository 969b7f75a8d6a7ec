package org.align4j.core.session;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.align4j.core.data.TokenRow;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.policy.Round;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunResult;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.cluster.Taker;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainedMethod.Evaluation;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.train.Workload;

/**
 * A training method, found by {@link ServiceLoader}: the command line, Java programs and executors of a cluster train by it. {@code
 * config.yaml} of its runs holds its options as {@link OptionsYaml} writes them, {@code manifest.json} its name as {@code command}.
 *
 * @param <O> the record whose components are the options
 */
public interface TrainingMethod<O extends Record> {
    /** Returns every method on the class path, by name. */
    static List<TrainingMethod<?>> all() {
        return ServiceLoader.load(TrainingMethod.class).stream()
                .<TrainingMethod<?>>map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparing(TrainingMethod::name))
                .toList();
    }

    /** Finds a method by its name. */
    static Optional<TrainingMethod<?>> named(String name) {
        return all().stream().filter(method -> method.name().equals(name)).findFirst();
    }

    /** Returns the method's name as it is typed after {@code align}, in kebab-case. */
    String name();

    /** Says in a few words what the method learns from, for {@code align --help}. */
    String summary();

    /** Returns the options record; see {@link org.align4j.core.options.Option}. */
    Class<O> options();

    /**
     * Gives the method its options. May look at the first row, but loads no model.
     *
     * @throws org.align4j.core.error.InputException where the options don't fit the rows
     */
    Configured<?> configured(O options, TrainingLog log);

    /**
     * Begins a run and trains it to its end.
     *
     * @return the run's directory
     * @throws org.align4j.core.error.InputException where options, rows or model are wrong; nothing was written
     */
    default Path begin(O options, TrainingLog log) {
        try (OpenTraining<?> training = openedNew(options, log)) {
            training.begin();
            return training.run();
        }
    }

    /** Prints what a run would do; writes nothing. */
    default void describe(O options, Terminal terminal, TrainingLog log) {
        try (OpenTraining<?> training = openedNew(options, log)) {
            training.describe(terminal);
        }
    }

    /** Opens a training whose run is to be new, after a look at the run's directory. */
    private OpenTraining<?> openedNew(O options, TrainingLog log) {
        OptionsSpec.of(options()).group(options, RecipeOptions.class).ifPresent(RecipeOptions::requireDirectory);
        Configured<?> method = configured(options, log);
        method.requireNew();
        return OpenTraining.open(method, null, log);
    }

    /**
     * Goes on with a run, from its newest whole checkpoint to the end that the options now say.
     *
     * @param options as they were resolved when the run began, a longer length aside
     * @param run in hand; the caller closes it
     * @throws org.align4j.core.error.InputException if model or data are no longer what they were; nothing was changed
     */
    default void resume(O options, RunDirectory run, TrainingLog log) {
        try (OpenTraining<?> training = OpenTraining.open(configured(options, log), null, log)) {
            training.resume(run);
        }
    }

    /** Whether the method knows the forwards of a run before it trains, so that its time can be forecast. */
    default boolean forecasts() {
        return false;
    }

    /**
     * Plans a run before any weight is loaded: its rows are read, and every auto is settled.
     *
     * @throws org.align4j.core.error.InputException where such a run would be refused
     */
    default RunPlan plan(O options, TrainingLog log) {
        return planned(configured(options, log), log);
    }

    private static <T extends TokenRow> RunPlan planned(Configured<T> method, TrainingLog log) {
        return new TrainingInputs<>(method.recipe(), method.asked(), log).planned();
    }

    /**
     * Opens what takes the forwards of a run's steps for another process, with engine threads as its options say.
     *
     * @param config settled options, as YAML
     * @throws org.align4j.core.error.InputException where a model or a file isn't here
     */
    default Taker taker(String config) {
        return OpenTraining.taker(
                configured(OptionsYaml.parse(config, "config.yaml of the driver", options()), TrainingLog.SILENT));
    }

    /**
     * A training method with its options: what it reads, and what takes its steps.
     *
     * @param <T> the kind of row
     */
    interface Configured<T extends TokenRow> {
        /** Returns what distinguishes the method from others before training begins. */
        Recipe<T> recipe();

        /** Returns the options that every training has, as they were asked. */
        RecipeOptions asked();

        /**
         * Refuses options that a new run mustn't be begun with; runs that were begun with them before go on.
         *
         * @throws org.align4j.core.error.InputException saying what to give instead
         */
        default void requireNew() {}

        /**
         * Makes what takes the steps over the rows of an open session.
         *
         * @throws org.align4j.core.error.InputException where the model can't be trained so; nothing was written
         */
        Trainer trainer(TrainingSession<T> session);

        /**
         * Refuses a cluster where others can't take this method's forwards.
         *
         * @throws org.align4j.core.error.InputException where they can't
         */
        void requireTakenElsewhere(ClusterOptions cluster);

        /** Lays the rows of a session into the forwards of a run, where the method {@link TrainingMethod#forecasts}. */
        default Workload workload(TrainingSession<T> session) {
            throw new UnsupportedOperationException("knows no forwards before it trains");
        }

        /** Opens what takes the forwards of an open session's steps for another process, whose options made this method. */
        default Taker taker(TrainingSession<T> session) {
            return new Taker(
                    session.facts().clusterHashes(),
                    List.of(session.policy()),
                    trainer(session).rounds());
        }

        /**
         * Looks at what a run would do, for a dry run, and refuses what a run would refuse.
         *
         * @return what the method adds to the forecast, by name
         */
        default Map<String, ?> preview(TrainingSession<T> session) {
            return Map.of();
        }
    }

    /** Takes the steps of a method over an open session. It is closed before the session. */
    interface Trainer extends AutoCloseable {
        /** Returns every option as settled, as the YAML of config.yaml. */
        String config();

        /**
         * Trains a run, new or taken up, to its end.
         *
         * @return how it ended
         */
        RunResult train(TrainingRun<?> run);

        /** Computes the figures of the session's evaluation rows with what is trained, as it is now. */
        Evaluation evaluate();

        /** The rounds whose forwards others may take; none where the method takes all itself. */
        default List<Round<?, ?>> rounds() {
            return List.of();
        }

        /** Returns what executors of a cluster must know to take its forwards. */
        default ClusterSource.Work work(TrainingSession<?> session) {
            return session.work(config(), session.facts().clusterHashes());
        }

        @Override
        default void close() {}
    }
}
