package org.align4j.core.session;

import java.util.List;
import org.align4j.core.policy.Round;
import org.align4j.core.run.RunResult;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.train.Evaluation;

/** Takes the steps of a method over an open session. It is closed before the session. */
public interface Trainer extends AutoCloseable {
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
