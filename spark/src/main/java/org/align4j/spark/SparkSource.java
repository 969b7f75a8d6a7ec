package org.align4j.spark;

import static org.align4j.core.error.RootFormat.format;

import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.kernel.speed.ProcessorKind;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Policy.Forwards;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.Round.Slices;
import org.align4j.core.policy.Trainables;
import org.align4j.core.report.ClusterAccount;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.cluster.NumberSegments;
import org.align4j.core.session.cluster.Slice;
import org.align4j.core.session.cluster.SliceAnswer;
import org.align4j.core.session.cluster.SliceShares;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.train.TrainingLog;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;

/** Connects trainings to clusters of Apache Spark. */
public final class SparkSource implements ClusterSource {
    @Override
    public boolean serves(ClusterOptions asked) {
        return asked.cluster() != null;
    }

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
    public OptionalInt cores(ClusterOptions cluster) {
        requireReady(cluster);
        return SparkSettings.cores();
    }

    @Override
    public Connection connect(ClusterOptions cluster, Work work, TrainingLog log) {
        return SparkConnection.open(cluster, work, log);
    }

    /**
     * Executors of a Spark cluster as a place where forwards are taken. A round is a job that brings the values ({@link Delivery}), one with
     * a task per slice ({@link SliceJob}), and one in which executors add up the gradients that they hold ({@link TreeSum}); or, in
     * sequence, the driver adds the slices' gradients. Either order is fixed, so the sums don't depend on who took the slices.
     */
    static final class SparkConnection implements ClusterSource.Connection {
        private static final Duration ALONE = Duration.ofMinutes(5);
        private static final Duration GATHERING = Duration.ofSeconds(30);
        private static final Duration LOOK_EVERY = Duration.ofMillis(20);
        private static final int LOST_SUMS = 16;

        private final JavaSparkContext spark;
        private final List<Policy> policies;
        private final Slices slices;
        /** Cores that the cluster is to have; 0 where nothing says so. */
        private final int cores;

        private final String id;
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
            this.slices = ClusterSource.slices(cluster);
            this.cores = cluster.localCores().orElseGet(() -> spark.getConf().getInt("spark.cores.max", 0));
            this.id = opening.id();
            this.opening = spark.broadcast(opening);
            this.apart = policies.stream()
                    .map(policy -> policy.trainables().withOwnGradients())
                    .toList();
        }

        static SparkConnection open(ClusterOptions cluster, ClusterSource.Work work, TrainingLog log) {
            JavaSparkContext spark = new SparkSettings(cluster, work).connect();
            try {
                return over(spark, cluster, work, log);
            } catch (RuntimeException | Error e) {
                spark.close();
                throw e;
            }
        }

        private static SparkConnection over(
                JavaSparkContext spark, ClusterOptions cluster, ClusterSource.Work work, TrainingLog log) {
            log.note(announced(cluster, Float.BYTES * work.trained() / 1e6));
            Opening opening = new Opening(
                    UUID.randomUUID().toString(),
                    work.command(),
                    onKind(work),
                    work.hashes(),
                    ProcessorKind.here(),
                    cluster.executors().clusterMixed());
            return new SparkConnection(spark, work.policies(), cluster, opening, log);
        }

        /** Returns the options with the kind of device that this process computes on, which executors must have, too. */
        private static String onKind(ClusterSource.Work work) {
            boolean card = work.policies().get(0).base().engine().profile().apart();
            return work.config().replaceAll("(?m)^device:.*$", card ? "device: gpu" : "device: cpu");
        }

        private static String announced(ClusterOptions cluster, double values) {
            String takers = "Forwards are taken by " + cluster.cluster();
            Slices slices = ClusterSource.slices(cluster);
            if (!slices.areUsed()) {
                return takers + ".";
            }
            return slices.areTree()
                    ? format(
                            "%s, %d slices a step, added along a tree; in a round the driver sends %,.1f MB and gets as many.",
                            takers, slices.count(), values)
                    : format(
                            "%s, %d slices a step, added in sequence; in a round the driver sends %,.1f MB and gets %,.1f MB.",
                            takers, slices.count(), values, values * slices.count());
        }

        @Override
        public <R> R taking(Supplier<R> work) {
            return ClusterSource.Connection.taking(policies, OfPolicy::new, work);
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
            gather();
            ledger.begin();
            List<Slice> tasks = Slice.of(round, questions, place, slices);
            boolean holds = round.learns() && slices.areTree();
            try (Taking taking = new Taking(tasks, holds)) {
                return holds ? taking.alongTheTree(place) : taking.inSequence(place);
            }
        }

        /** Waits, before the first round, until the executors are there that the cluster is to have, so that values go to all at once. */
        private void gather() {
            long until = System.nanoTime() + GATHERING.toNanos();
            while (version == 0 && watch.cores() < Math.max(1, cores) && System.nanoTime() < until) {
                look();
                LockSupport.parkNanos(LOOK_EVERY.toNanos());
            }
        }

        private void look() {
            StopSignal.throwIfStopped();
            requireExecutors();
        }

        /** One round: its values, its slices, its sums. */
        private final class Taking implements AutoCloseable {
            private final List<Slice> slices;
            private final boolean holds;
            private final long round = version++;
            private final List<ExecutorPlace> places = watch.places();
            private final NumberSegments[] values;
            private final SliceAnswer[] answers;
            private @Nullable Broadcast<NumberSegments[]> sentToAll;
            private @Nullable RunException refused;
            private int joined;

            Taking(List<Slice> slices, boolean holds) {
                this.slices = slices;
                this.holds = holds;
                this.answers = new SliceAnswer[slices.size()];
                this.values = policies.stream()
                        .map(Policy::trainables)
                        .map(trained -> NumberSegments.of(
                                trained.values(),
                                NumberSegments.segmentFor(trained.values(), Math.max(1, places.size())),
                                trained::copyValues))
                        .toArray(NumberSegments[]::new);
                deliver();
            }

            private long bytes() {
                return Stream.of(values).mapToLong(NumberSegments::bytes).sum();
            }

            private void deliver() {
                if (bytes() == 0) {
                    sentToAll = spark.broadcast(values);
                } else if (!places.isEmpty()) {
                    JavaRDD<Integer> delivery = Delivery.of(spark, values, places, id, round);
                    done(delivery);
                }
                ledger.delivered(bytes(), places.size());
            }

            /** Takes the slices and adds their gradients on the driver, each as soon as those before it are added. */
            <A extends Serializable> List<A> inSequence(int place) {
                long newest = take(all(), null, place);
                ledger.reduced(newest);
                return answered();
            }

            /** Takes the slices and has executors add up their gradients; slices whose sums went with their executor are taken again. */
            <A extends Serializable> List<A> alongTheTree(int place) {
                List<Integer> missing = all();
                List<ExecutorPlace> owners = owners();
                for (int attempt = 0; attempt <= LOST_SUMS; attempt++) {
                    long newest = take(missing, owners, null);
                    missing = added(place);
                    owners = null;
                    if (missing.isEmpty()) {
                        ledger.reduced(newest);
                        return answered();
                    }
                    log.note(format(
                            "The sums of %d slices went with their executor; the slices are taken again.",
                            missing.size()));
                }
                throw new RunException(
                        format("The sums of slices got lost %d times in one round; %s", LOST_SUMS + 1, remedy()));
            }

            private List<Integer> all() {
                return IntStream.range(0, slices.size()).boxed().toList();
            }

            /** Gives each executor neighbouring slices; none where there is no executor yet. */
            private @Nullable List<ExecutorPlace> owners() {
                if (places.isEmpty()) {
                    return null;
                }
                long[] costs = slices.stream().mapToLong(Slice::bytes).toArray();
                SliceShares shares = SliceShares.of(costs, places.size());
                return all().stream()
                        .map(slice -> places.get(shares.owner(slice)))
                        .toList();
            }

            /**
             * Takes slices; those whose executor had no values of this round are taken again by executors that ask the driver.
             *
             * @param owners one per slice; null: whoever is free takes the largest first
             * @param sequence the policy to whose gradients the slices' are added; null: to none
             * @return when the newest answer came
             */
            private long take(List<Integer> which, @Nullable List<ExecutorPlace> owners, @Nullable Integer sequence) {
                List<Integer> lacking = new ArrayList<>();
                Set<String> newcomers = new HashSet<>();
                long newest;
                List<Slice> tasks = which.stream().map(slices::get).toList();
                try (SliceJob job =
                        new SliceJob(spark, tasks, owners, new SliceTask(opening, round, sentToAll, holds))) {
                    for (int i = 0; i < tasks.size(); i++) {
                        SliceAnswer answer = await(job, i);
                        if (answer.lacksValues()) {
                            lacking.add(which.get(i));
                            newcomers.add(answer.executor());
                        } else {
                            arrived(which.get(i), answer, sequence);
                        }
                    }
                    newest = job.newest();
                }
                if (refused != null) {
                    throw refused;
                }
                if (lacking.isEmpty()) {
                    return newest;
                }
                if (sentToAll == null) {
                    sentToAll = spark.broadcast(values);
                }
                ledger.sentAgain(bytes(), newcomers.size());
                return take(lacking, null, sequence);
            }

            private void arrived(int slice, SliceAnswer answer, @Nullable Integer sequence) {
                ledger.taken(answer);
                refused = refused == null ? answer.failure() : refused;
                answers[slice] = answer;
                while (sequence != null && refused == null && joined < answers.length && answers[joined] != null) {
                    answers[joined] = join(sequence, answers[joined]);
                    joined++;
                }
            }

            /** Has the executors add up what they hold; returns the slices that none of them holds. */
            private List<Integer> added(int place) {
                Policy policy = policies.get(place);
                long elements = policy.trainables().elements();
                List<ExecutorPlace> holders = watch.places();
                int segment = NumberSegments.segmentFor(elements, Math.max(1, holders.size()));
                TreeSum sum = new TreeSum(id, round, place, slices.size(), elements, segment);
                List<TreeSum.Segment> parts =
                        holders.isEmpty() ? List.of() : done(sum.of(spark, holders, Math.max(1, watch.cores())));
                BitSet missing = new BitSet();
                parts.forEach(part -> missing.or(BitSet.valueOf(part.missing())));
                if (parts.isEmpty()) {
                    missing.set(0, slices.size());
                }
                long between =
                        parts.stream().mapToLong(TreeSum.Segment::between).sum();
                ledger.summed(missing.isEmpty() ? elements * Float.BYTES : 0, between);
                if (missing.isEmpty()) {
                    byte[][] segments = new byte[parts.size()][];
                    parts.forEach(part -> segments[part.index()] = Objects.requireNonNull(part.sum()));
                    add(place, new NumberSegments(segments));
                }
                return missing.stream().boxed().toList();
            }

            @SuppressWarnings("unchecked") // the executor answers with the driver's round
            private <A extends Serializable> List<A> answered() {
                List<A> all = new ArrayList<>();
                for (SliceAnswer answer : answers) {
                    answer.answers().forEach(each -> all.add((A) each));
                }
                return all;
            }

            @Override
            public void close() {
                if (sentToAll != null) {
                    sentToAll.destroy();
                }
            }
        }

        /** Has Spark do work, and looks after the cluster meanwhile. */
        private <T> List<T> done(JavaRDD<T> work) {
            JavaFutureAction<List<T>> action = work.collectAsync();
            try {
                while (true) {
                    try {
                        return action.get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
                    } catch (TimeoutException goesOn) {
                        look();
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while executors added gradients.", e);
            } catch (ExecutionException e) {
                throw new RunException("The cluster did not take a round: " + firstLine(e) + "; " + remedy(), e);
            } finally {
                if (!action.isDone()) {
                    action.cancel(true);
                }
                work.rdd().cleanShuffleDependencies(false);
            }
        }

        private SliceAnswer await(SliceJob job, int slice) {
            try {
                return job.await(slice, this::look);
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

        /** Adds a slice's gradients to its policy's, and returns the answer without them. */
        private SliceAnswer join(int place, SliceAnswer answer) {
            NumberSegments gradients = answer.gradients();
            if (gradients == null) {
                return answer;
            }
            add(place, gradients);
            return new SliceAnswer(
                    answer.answers(), null, null, false, answer.host(), answer.executor(), answer.nanos());
        }

        private void add(int place, NumberSegments gradients) {
            Trainables sums = apart.get(place);
            sums.setGradients(gradients.reader());
            policies.get(place).trainables().addGradients(sums);
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
