package org.align4j.core.session.cluster;

import static org.align4j.core.error.RootFormat.format;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.error.RunException;
import org.align4j.core.machine.JvmSettings;
import org.align4j.core.machine.MemoryLedger;
import org.align4j.core.machine.OrderedTasks;
import org.align4j.core.policy.GradientTree;
import org.align4j.core.policy.GradientTree.Placed;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Policy.Forwards;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.Round.Slices;
import org.align4j.core.policy.Trainables;
import org.align4j.core.report.ClusterAccount;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * Several processes on this machine that take the forwards of a training, through pipes and without a cluster. Each opens the model, on a
 * device of its own where several are named. Slices and the order of sums are those of a cluster, so the bits are, too. A process that
 * dies is started again and takes its slices again.
 */
public final class WorkerProcesses implements ClusterSource {
    /** The main class of a worker, which knows this one and not the other way about. */
    private static final String WORKER = "org.align4j.core.session.cluster.WorkerProcess";

    /** What the other process asks. */
    sealed interface Request extends Serializable {}

    /**
     * Open models and rows. The reply is {@link Opened}.
     *
     * @param number of this process, from 1
     * @param command whose forwards are taken
     * @param config its settled options, as YAML
     * @param hashes of models and rows by name
     */
    record Open(int number, String command, String config, Map<String, String> hashes) implements Request {}

    /**
     * Take a slice. The reply is a {@link org.align4j.core.session.cluster.SliceAnswer}.
     *
     * @param version number of the round
     * @param values one per policy; null where they came with an earlier slice of the round
     * @param slice what is to be taken
     * @param holds whether its gradients stay in the worker
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    record Take(long version, NumberSegments @Nullable [] values, Slice slice, boolean holds) implements Request {}

    /**
     * Send what the round's slices were added up to. The reply is {@link Held}.
     *
     * @param version number of the round
     * @param policy the place of the one whose gradients are wanted
     */
    record Sums(long version, int policy) implements Request {}

    /**
     * The reply of a worker that has opened what it was to open.
     *
     * @param refusal why it can't; null where it could
     */
    record Opened(@Nullable String refusal) implements Serializable {}

    /**
     * What a worker holds of a round.
     *
     * @param sums in the order of their slices
     */
    record Held(List<Placed<NumberSegments>> sums) implements Serializable {}

    @Override
    public boolean serves(ClusterOptions asked) {
        return asked.processes() != null;
    }

    @Override
    public void requireReady(ClusterOptions asked) {}

    @Override
    public OptionalInt cores(ClusterOptions asked) {
        return OptionalInt.of(count(asked) * asked.sliceThreads());
    }

    @Override
    public Connection connect(ClusterOptions asked, Work work, TrainingLog log) {
        return new Processes(asked, work, log);
    }

    private static int count(ClusterOptions asked) {
        return Objects.requireNonNull(asked.processes());
    }

    private static final class Processes implements Connection {
        private static final int DEATHS = 16;
        private static final double NANOS = 1e9;

        private final ClusterOptions asked;
        private final Work work;
        private final TrainingLog log;
        private final Slices slices;
        private final List<Worker> workers;
        private final List<Trainables> apart;
        private final OrderedTasks threads;
        private final MemoryLedger.Claim claim;
        private final AtomicInteger lost = new AtomicInteger();
        private final AtomicLong computing = new AtomicLong();
        private final AtomicLong sent = new AtomicLong();
        private final AtomicLong received = new AtomicLong();
        private final long opened = System.nanoTime();
        private long version;
        private double forwards;
        private double reduce;

        Processes(ClusterOptions asked, Work work, TrainingLog log) {
            this.asked = asked;
            this.work = work;
            this.log = log;
            this.slices = ClusterSource.slices(asked);
            this.workers =
                    IntStream.rangeClosed(1, count(asked)).mapToObj(Worker::new).toList();
            this.apart = work.policies().stream()
                    .map(policy -> policy.trainables().withOwnGradients())
                    .toList();
            this.threads = new OrderedTasks(Math.max(1, workers.size() - 1), "workers");
            this.claim = MemoryLedger.shared()
                    .enter(
                            "workers of " + work.command(),
                            workers.size() * work.memory().applyAsLong(1),
                            log::note);
            log.note(format(
                    "Forwards are taken by %d processes on this machine, %d slices a step, added %s.",
                    workers.size(), slices.count(), slices.areTree() ? "along a tree" : "in sequence"));
        }

        @Override
        public <R> R taking(Supplier<R> all) {
            return Connection.taking(work.policies(), OfPolicy::new, all);
        }

        private final class OfPolicy implements Forwards {
            private final int place;

            OfPolicy(int place) {
                this.place = place;
            }

            @Override
            public <Q extends Serializable, A extends Serializable> List<A> take(Round<Q, A> round, List<Q> questions) {
                return questions.isEmpty() ? List.of() : Processes.this.take(place, round, questions);
            }
        }

        private <Q extends Serializable, A extends Serializable> List<A> take(
                int place, Round<Q, A> round, List<Q> questions) {
            List<Slice> all = Slice.of(round, questions, place, slices);
            NumberSegments[] values = work.policies().stream()
                    .map(Policy::trainables)
                    .map(trained -> NumberSegments.of(trained.values(), NumberSegments.MOST, trained::copyValues))
                    .toArray(NumberSegments[]::new);
            Taking taking = new Taking(all, version++, values, round.learns() ? place : null);
            long begun = System.nanoTime();
            taking.run();
            long taken = System.nanoTime();
            forwards += (taken - begun) / NANOS;
            taking.add();
            reduce += (System.nanoTime() - taken) / NANOS;
            return taking.answered();
        }

        /** One round. */
        private final class Taking {
            private final List<Slice> slices;
            private final long round;
            private final NumberSegments[] values;
            private final @Nullable Integer place;
            private final SliceAnswer[] answers;
            private final List<List<Placed<NumberSegments>>> sums = new ArrayList<>();
            private final ConcurrentLinkedQueue<Integer> waiting = new ConcurrentLinkedQueue<>();
            private final boolean holds;

            Taking(List<Slice> slices, long round, NumberSegments[] values, @Nullable Integer place) {
                this.slices = slices;
                this.round = round;
                this.values = values;
                this.place = place;
                this.answers = new SliceAnswer[slices.size()];
                this.holds = place != null && Processes.this.slices.areTree();
                workers.forEach(worker -> sums.add(List.of()));
            }

            void run() {
                if (holds) {
                    SliceShares shares = SliceShares.of(
                            slices.stream().mapToLong(Slice::bytes).toArray(), workers.size());
                    together(worker ->
                            worker < shares.executors() ? shares.slices(worker).toArray() : new int[0]);
                } else {
                    waiting.addAll(Slice.largestFirst(slices));
                    together(null);
                }
            }

            private void together(@Nullable IntFunction<int[]> shares) {
                threads.together(IntStream.range(0, workers.size())
                        .mapToObj(worker -> (Runnable) () -> take(worker, shares == null ? null : shares.apply(worker)))
                        .toList());
                for (SliceAnswer answer : answers) {
                    RunException failure = answer.failure();
                    if (failure != null) {
                        throw failure;
                    }
                }
            }

            /**
             * Has a worker take slices, again from the first of its share where it died.
             *
             * @param share the slices that it takes and adds up; null: those that wait, one after the other
             */
            private void take(int worker, int @Nullable [] share) {
                Worker process = workers.get(worker);
                for (int attempt = 1; ; attempt++) {
                    try {
                        if (share == null) {
                            takeWaiting(process);
                        } else {
                            takeShare(worker, process, share);
                        }
                        return;
                    } catch (IOException died) {
                        process.died(died, attempt);
                    }
                }
            }

            private void takeWaiting(Worker process) throws IOException {
                for (Integer slice = waiting.poll(); slice != null; slice = waiting.poll()) {
                    try {
                        answers[slice] = process.take(round, values, slices.get(slice), false);
                    } catch (IOException died) {
                        waiting.add(slice);
                        throw died;
                    }
                }
            }

            private void takeShare(int worker, Worker process, int[] share) throws IOException {
                for (int slice : share) {
                    answers[slice] = process.take(round, values, slices.get(slice), true);
                }
                if (share.length > 0) {
                    sums.set(worker, process.sums(round, Objects.requireNonNull(place)));
                }
            }

            /** Adds the gradients of the round to those of its policy. */
            void add() {
                if (place == null) {
                    return;
                }
                if (!holds) {
                    Stream.of(answers).map(SliceAnswer::gradients).forEach(this::add);
                    return;
                }
                Deque<Placed<Trainables>> stack = new ArrayDeque<>();
                try (GradientTree lent =
                        new GradientTree(work.policies().get(place).trainables())) {
                    for (Placed<NumberSegments> sum :
                            sums.stream().flatMap(List::stream).toList()) {
                        Trainables here = lent.lend();
                        here.setGradients(sum.sum().reader());
                        GradientTree.join(stack, new Placed<>(sum.node(), here), slices.size(), (left, right) -> {
                            left.addGradients(right);
                            return left;
                        });
                    }
                    work.policies()
                            .get(place)
                            .trainables()
                            .addGradients(stack.getLast().sum());
                }
            }

            private void add(@Nullable NumberSegments gradients) {
                int policy = Objects.requireNonNull(place);
                apart.get(policy).setGradients(Objects.requireNonNull(gradients).reader());
                work.policies().get(policy).trainables().addGradients(apart.get(policy));
            }

            @SuppressWarnings("unchecked") // a worker answers with this process's round
            <A extends Serializable> List<A> answered() {
                return (List<A>) Arrays.stream(answers)
                        .flatMap(answer -> answer.answers().stream())
                        .toList();
            }
        }

        /** A process, started when it is first asked for something. */
        private final class Worker {
            private final int number;
            private @Nullable Process process;
            private @Nullable ObjectOutputStream requests;
            private @Nullable ObjectInputStream replies;
            private long has = -1;

            Worker(int number) {
                this.number = number;
            }

            SliceAnswer take(long round, NumberSegments[] values, Slice slice, boolean holds) throws IOException {
                begin();
                NumberSegments[] news = has == round ? null : values;
                SliceAnswer answer = (SliceAnswer) ask(new Take(round, news, slice, holds));
                sent.addAndGet(
                        news == null
                                ? 0
                                : Stream.of(values)
                                        .mapToLong(NumberSegments::bytes)
                                        .sum());
                has = round;
                computing.addAndGet(answer.nanos());
                received.addAndGet(
                        answer.gradients() == null ? 0 : answer.gradients().bytes());
                return answer;
            }

            List<Placed<NumberSegments>> sums(long round, int policy) throws IOException {
                Held held = (Held) ask(new Sums(round, policy));
                held.sums().forEach(sum -> received.addAndGet(sum.sum().bytes()));
                return held.sums();
            }

            private Serializable ask(Request request) throws IOException {
                ObjectOutputStream out = Objects.requireNonNull(requests);
                out.writeObject(request);
                out.reset();
                out.flush();
                try {
                    return (Serializable) Objects.requireNonNull(replies).readObject();
                } catch (ClassNotFoundException e) {
                    throw new IllegalStateException("A worker runs another Align4J.", e);
                }
            }

            private void begin() throws IOException {
                if (process != null) {
                    return;
                }
                List<String> command = new ArrayList<>(JvmSettings.launch());
                command.add(WORKER);
                ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.INHERIT);
                Map<String, String> environment = builder.environment();
                environment.remove("ALIGN4J_SUPERVISOR");
                environment.put("OMP_NUM_THREADS", Integer.toString(asked.sliceThreads()));
                Process started = builder.start();
                process = started;
                requests = new ObjectOutputStream(new BufferedOutputStream(started.getOutputStream(), 1 << 20));
                requests.flush();
                replies = new ObjectInputStream(new BufferedInputStream(started.getInputStream(), 1 << 20));
                Opened reply = (Opened) ask(new Open(
                        number, work.command(), ClusterOptions.ofProcess(work.config(), number), work.hashes()));
                if (reply.refusal() != null) {
                    throw new RunException("worker process " + number + ": " + reply.refusal());
                }
            }

            /** Has the process started again when it is next asked, unless it died too often. */
            void died(IOException why, int attempt) {
                end();
                lost.incrementAndGet();
                if (attempt >= DEATHS) {
                    throw new RunException(
                            format(
                                    "Worker process %d died %d times in one round (%s); the last checkpoint is whole, see what the"
                                            + " machine's log says and resume the run.",
                                    number, attempt, String.valueOf(why.getMessage())),
                            why);
                }
                log.note(format("Worker process %d is gone; another one takes its slices again.", number));
            }

            void end() {
                if (process != null) {
                    process.destroyForcibly();
                }
                process = null;
                has = -1;
            }
        }

        @Override
        public ClusterAccount account() {
            double whole = (System.nanoTime() - opened) / NANOS;
            return new ClusterAccount(
                    workers.size() + " processes",
                    asked.slices(),
                    workers.size(),
                    workers.size() * asked.sliceThreads(),
                    lost.get(),
                    false,
                    version,
                    0,
                    forwards,
                    reduce,
                    whole - forwards - reduce,
                    Math.max(0, forwards - computing.get() / NANOS / workers.size()),
                    sent.get(),
                    received.get(),
                    0);
        }

        @Override
        public void close() {
            workers.forEach(Worker::end);
            threads.close();
            apart.forEach(Trainables::close);
            claim.close();
        }
    }
}
