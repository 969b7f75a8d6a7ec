package org.align4j.core.session.cluster;

import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.IntToLongFunction;
import org.align4j.core.error.InputException;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.round.Forwards;
import org.align4j.core.report.ClusterAccount;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.train.TrainingLog;

/** Connects a training to a cluster whose executors take its forwards; found by {@link ServiceLoader}. */
public interface ClusterSource {
    /**
     * A training, as executors open it again.
     *
     * @param command its name on the command line
     * @param config every option as settled, as YAML
     * @param hashes of model and rows by name: those of the executors must be the same
     * @param memory bytes that an executor with so many cores takes outside its Java heap
     * @param policy whose values are sent before a round, and whose gradients are added to after it
     */
    record Work(String command, String config, Map<String, String> hashes, IntToLongFunction memory, Policy policy) {}

    /** Forwards that others take until this is closed. */
    interface Connection extends Forwards, AutoCloseable {
        /** Returns what it took so far. */
        ClusterAccount account();

        @Override
        void close();
    }

    /**
     * Looks, before anything is read, whether all that connecting needs is there.
     *
     * @throws InputException where something is missing
     */
    void requireReady(ClusterOptions cluster);

    /**
     * Connects to a cluster.
     *
     * @throws org.align4j.core.error.RunException where the cluster can't be reached
     */
    Connection connect(ClusterOptions cluster, Work work, TrainingLog log);

    /**
     * Finds the only source that there is.
     *
     * @throws InputException where there is none
     */
    static ClusterSource find(ClusterOptions asked) {
        return ServiceLoader.load(ClusterSource.class)
                .findFirst()
                .orElseThrow(() -> new InputException("cluster is " + asked.cluster()
                        + " but the library alignment-spark is not on the class path; add it."));
    }
}
