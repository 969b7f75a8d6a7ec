package org.align4j.spark;

import static org.align4j.core.error.RootFormat.format;

import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.RunException;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Policy.Forwards;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.Round.Slices;
import org.align4j.core.policy.Trainables;
import org.align4j.core.report.ClusterAccount;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.train.TrainingLog;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;

/** Connects trainings to clusters of Apache Spark. */
public final class SparkSource implements ClusterSource {
    @Override
    public void requireReady(ClusterOptions cluster) {
        try {
            Class.forName("org.apache.spark.SparkContext", false, getClass().getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new InputException(
                    "cluster is " + cluster.cluster()
                            + " but Apache Spark is not on the class path; add it: ALIGN4J_MAVEN_ARGS=-Dspark ./align …, or start by"
                            + " spark-submit (docs/cluster.md).",
                    e);
        }
    }

    @Override
    public Connection connect(ClusterOptions cluster, Work work, TrainingLog log) {
        return SparkConnection.open(cluster, work, log);
    }

    /**
     * Executors of a Spark cluster as a place where forwards are taken. A round is one job with a task a slice; the slices' gradients are
     * added in their order, so the sums don't depend on who took them.
     */
    static final class SparkConnection implements ClusterSource.Connection {
        private static final Slices FINE = new Slices(256);
        private static final Duration ALONE = Duration.ofMinutes(5);

        private final JavaSparkContext spark;
        private final List<Policy> policies;
        private final Slices slices;
        private final Broadcast<Opening> opening;
        private final ExecutorWatch watch = ExecutorWatch.newest();
        private final Ledger ledger;
        private final TrainingLog log;
        /** The gradients of a slice of each policy. */
        private final List<Trainables> apart;

        private long version;

        private SparkConnection(
                JavaSparkContext spark,
                List<Policy> policies,
                ClusterOptions cluster,
                Opening opening,
                TrainingLog log) {
            this.spark = spark;
            this.ledger = new Ledger(cluster, watch);
            this.log = log;
            this.policies = policies;
            this.slices = new Slices(cluster.slices());
            this.opening = spark.broadcast(opening);
            this.apart = policies.stream()
                    .map(policy -> policy.trainables().withOwnGradients())
                    .toList();
        }

        static SparkConnection open(ClusterOptions cluster, ClusterSource.Work work, TrainingLog log) {
            requireSendable(work.trained());
            JavaSparkContext spark = new SparkSettings(cluster, work).connect();
            try {
                return over(spark, cluster, work, log);
            } catch (RuntimeException | Error e) {
                spark.close();
                throw e;
            }
        }

        static void requireSendable(long trained) {
            if (trained > Numbers.MOST) {
                throw new InputException(format(
                        "The training has %,d values but a cluster is sent at most %,d at once; train an adapter (method lora or qlora), or leave"
                                + " cluster out.",
                        trained, Numbers.MOST));
            }
        }

        private static SparkConnection over(
                JavaSparkContext spark, ClusterOptions cluster, ClusterSource.Work work, TrainingLog log) {
            log.note(announced(cluster, Float.BYTES * work.trained() / 1e6));
            Opening opening = new Opening(
                    UUID.randomUUID().toString(),
                    work.command(),
                    work.config(),
                    work.hashes(),
                    ProcessorKind.here(),
                    cluster.executors().clusterMixed());
            return new SparkConnection(spark, work.policies(), cluster, opening, log);
        }

        private static String announced(ClusterOptions cluster, double values) {
            String takers = "Forwards are taken by " + cluster.cluster();
            return cluster.slices() == 0
                    ? takers + "."
                    : format(
                            "%s, %d slices a step; a round sends %,.1f MB to each executor and gets %,.1f MB from all.",
                            takers, cluster.slices(), values, values * cluster.slices());
        }

        @Override
        public <R> R taking(Supplier<R> work) {
            return taking(0, work);
        }

        private <R> R taking(int policy, Supplier<R> work) {
            return policy == policies.size()
                    ? work.get()
                    : policies.get(policy).takenBy(new OfPolicy(policy), () -> taking(policy + 1, work));
        }

        /** Takes the rounds of a policy. */
        private final class OfPolicy implements Forwards {
            private final int place;

            OfPolicy(int place) {
                this.place = place;
            }

            @Override
            public <Q extends Serializable, A extends Serializable> List<A> take(Round<Q, A> round, List<Q> questions) {
                return SparkConnection.this.take(place, round, questions);
            }
        }

        private <Q extends Serializable, A extends Serializable> List<A> take(
                int place, Round<Q, A> round, List<Q> questions) {
            if (questions.isEmpty()) {
                return List.of();
            }
            requireConnected();
            ledger.begin();
            Numbers[] current = policies.stream()
                    .map(Policy::trainables)
                    .map(trained -> Numbers.of(trained.values(), trained::copyValues))
                    .toArray(Numbers[]::new);
            Broadcast<Numbers[]> values = spark.broadcast(current);
            ledger.sent(
                    Stream.of(current).mapToLong(each -> each.bytes().length).sum());
            // Answers alone don't depend on how they are cut.
            Slices cut = round.learns() ? slices : FINE;
            List<Slice> tasks = cut.of(questions).stream()
                    .map(slice -> new Slice(round.name(), round.learns() ? place : null, List.copyOf(slice)))
                    .toList();
            try (SliceJob job = new SliceJob(spark, tasks, new SliceTask(opening, version++, values))) {
                return joined(place, job);
            } finally {
                values.destroy();
            }
        }

        /** Adds each slice's gradients as soon as those before it are added. A refused slice is reported once all have ended. */
        private <A extends Serializable> List<A> joined(int place, SliceJob job) {
            List<A> all = new ArrayList<>();
            RunException refused = null;
            for (int slice = 0; slice < job.slices(); slice++) {
                SliceAnswer answer = await(job, slice);
                ledger.taken(answer);
                refused = refused == null ? refusal(answer) : refused;
                if (refused == null) {
                    join(place, answer, all);
                }
            }
            ledger.reduced(job.newest());
            if (refused != null) {
                throw refused;
            }
            return all;
        }

        private SliceAnswer await(SliceJob job, int slice) {
            try {
                return job.await(slice, () -> {
                    StopSignal.throwIfStopped();
                    requireExecutors();
                });
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while executors took forwards.", e);
            } catch (ExecutionException e) {
                throw new RunException("The cluster did not take the forwards: " + firstLine(e) + "; " + remedy(), e);
            }
        }

        private void requireConnected() {
            if (spark.sc().isStopped()) {
                throw new RunException("The cluster has ended its work for this command; see its master; " + remedy());
            }
        }

        private void requireExecutors() {
            watch.tell(log::note);
            if (watch.alone().compareTo(ALONE) > 0) {
                throw new RunException(format(
                        "The cluster gave no executor for %d s; see its master and the logs of its workers; %s",
                        ALONE.toSeconds(), remedy()));
            }
        }

        private String remedy() {
            return policies.stream().allMatch(policy -> policy.trainables().isEmpty())
                    ? "try again once the cluster is well."
                    : "the last checkpoint is whole, resume the run once the cluster is well.";
        }

        private static String firstLine(ExecutionException failed) {
            Throwable failure = failed.getCause() == null ? failed : failed.getCause();
            return String.valueOf(failure.getMessage()).lines().findFirst().orElse("no message");
        }

        private static @Nullable RunException refusal(SliceAnswer answer) {
            SliceAnswer.Refusal refusal = answer.refusal();
            if (refusal == null) {
                return null;
            }
            RunException failure = new RunException(answer.host() + ": " + refusal.message());
            return refusal.memory() ? new MemoryException(failure) : failure;
        }

        @SuppressWarnings("unchecked") // the executor answers with the driver's round
        private <A extends Serializable> void join(int place, SliceAnswer answer, List<A> all) {
            answer.answers().forEach(each -> all.add((A) each));
            Numbers gradients = answer.gradients();
            if (gradients != null) {
                Trainables sums = apart.get(place);
                sums.setGradients(gradients.floats());
                policies.get(place).trainables().addGradients(sums);
            }
        }

        @Override
        public ClusterAccount account() {
            return ledger.account();
        }

        @Override
        public void close() {
            apart.forEach(Trainables::close);
            spark.close();
        }
    }
}
