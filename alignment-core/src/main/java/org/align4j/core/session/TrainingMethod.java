package org.align4j.core.session;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.TokenRow;
import org.align4j.core.policy.Round;
import org.align4j.core.run.RunResult;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.cluster.Taker;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.train.Evaluation;

/**
 * A method with its options, as commands and Java programs train by it: what it reads, and what takes its steps.
 *
 * @param <T> the kind of row
 */
public interface TrainingMethod<T extends TokenRow> {
    /** Returns what tells the method from others before training begins. */
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
