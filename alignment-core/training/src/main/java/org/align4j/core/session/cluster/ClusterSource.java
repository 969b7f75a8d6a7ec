package org.align4j.core.session.cluster;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import java.util.function.IntFunction;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;
import org.align4j.core.error.InputException;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Policy.Forwards;
import org.align4j.core.policy.Round.Order;
import org.align4j.core.policy.Round.Slices;
import org.align4j.core.report.ClusterAccount;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.train.TrainingLog;

/** Connects a command to a cluster whose executors take its forwards; found by {@link ServiceLoader}. */
public interface ClusterSource {
    /**
     * What executors open again to take forwards of it.
     *
     * @param command its name on the command line
     * @param config settled options, as YAML
     * @param hashes of models and rows by name: those of the executors must be the same
     * @param memory bytes that an executor with so many cores takes outside its Java heap
     * @param policies whose values are sent before a round, and to whose gradients a round that learns adds
     */
    record Work(
            String command,
            String config,
            Map<String, String> hashes,
            IntToLongFunction memory,
            List<Policy> policies) {
        /** Counts the values that train. */
        public long trained() {
            return policies.stream()
                    .mapToLong(policy -> policy.trainables().elements())
                    .sum();
        }
    }

    /** Has forwards taken by a cluster until it is closed. */
    interface Connection extends AutoCloseable {
        /** Does work in which others take the forwards of every policy's rounds. */
        <R> R taking(Supplier<R> work);

        /**
         * Does work in which others take the forwards of each policy's rounds.
         *
         * @param takers gives who takes them, by the policy's place
         */
        static <R> R taking(List<Policy> policies, IntFunction<Forwards> takers, Supplier<R> work) {
            Supplier<R> all = work;
            for (int place = policies.size() - 1; place >= 0; place--) {
                Policy policy = policies.get(place);
                Forwards taker = takers.apply(place);
                Supplier<R> inner = all;
                all = () -> policy.takenBy(taker, inner);
            }
            return all.get();
        }

        /** Returns the account of the cluster so far. */
        ClusterAccount account();

        @Override
        void close();
    }

    /** Whether this source connects to those who are asked for. */
    boolean serves(ClusterOptions asked);

    /**
     * Looks, before anything is read, whether all that connecting needs is there.
     *
     * @throws InputException where something is missing
     */
    void requireReady(ClusterOptions cluster);

    /** Returns how the gradients of a step are added, as settled options have it. */
    static Slices slices(ClusterOptions settled) {
        return settled.slices() == 0
                ? Slices.NONE
                : new Slices(settled.slices(), settled.addsAlongTree() ? Order.TREE : Order.SEQUENCE);
    }

    /** Counts the cores that a cluster is configured to give; empty where nothing says so. */
    OptionalInt cores(ClusterOptions cluster);

    /**
     * Connects to a cluster.
     *
     * @throws org.align4j.core.error.RunException where the cluster can't be reached
     */
    Connection connect(ClusterOptions cluster, Work work, TrainingLog log);

    /**
     * Looks, before anything is read, whether all that connecting needs is there; nothing is needed where no cluster is asked for.
     *
     * @throws InputException where something is missing
     */
    static void require(ClusterOptions asked) {
        if (asked.isUsed()) {
            find(asked).requireReady(asked);
        }
    }

    /**
     * Does work in which the cluster that is asked for takes the forwards, if one is, and says what it took.
     *
     * @param work made only where there is a cluster
     */
    static void taking(ClusterOptions asked, Supplier<Work> work, TrainingLog log, Runnable forwards) {
        if (!asked.isUsed()) {
            forwards.run();
            return;
        }
        try (Connection connection = find(asked).connect(asked, work.get(), log)) {
            connection.taking(() -> {
                forwards.run();
                return true;
            });
            log.note(connection.account().text());
        }
    }

    /**
     * Finds the source that serves what is asked for.
     *
     * @throws InputException where there is none
     */
    static ClusterSource find(ClusterOptions asked) {
        return ServiceLoader.load(ClusterSource.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(source -> source.serves(asked))
                .findFirst()
                .orElseThrow(() -> new InputException("cluster is " + asked.cluster()
                        + " but the library alignment-spark is not on the class path; add it."));
    }
}
