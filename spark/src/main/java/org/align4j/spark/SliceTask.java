package org.align4j.spark;

import static org.align4j.core.error.RootFormat.format;

import java.io.Serializable;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.RunException;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.Trainables;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.cluster.Taker;
import org.align4j.core.session.cluster.TakerSource;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;
import scala.Function1;
import scala.collection.Iterator;

/**
 * Takes a slice on an executor. Spark takes it again elsewhere where the executor dies; what is wrong with the training itself is an
 * answer.
 *
 * @param opening the training
 * @param version number of the values
 * @param values what trains, as it is in this round
 */
record SliceTask(Broadcast<Opening> opening, long version, Broadcast<Numbers[]> values)
        implements Function1<Iterator<Slice>, SliceAnswer>, Serializable {
    private static final long serialVersionUID = 1L;

    /** Takes the only slice of a partition. */
    @Override
    public SliceAnswer apply(Iterator<Slice> partition) {
        Slice slice = partition.next();
        String host = host();
        try {
            ExecutorModels hand = ExecutorModels.of(opening.value());
            return hand.take(version, values::value, () -> hand.answer(slice, host));
        } catch (MemoryException refused) {
            return refusal(true, refused, host);
        } catch (OutOfMemoryError refused) {
            return refusal(true, refused, host);
        } catch (RuntimeException | LinkageError failed) {
            return refusal(false, failed, host);
        }
    }

    private static SliceAnswer refusal(boolean memory, Throwable why, String host) {
        String message = why.getMessage() == null ? why.toString() : why.getMessage();
        return new SliceAnswer(List.of(), null, new SliceAnswer.Refusal(memory, message), host, 0);
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "a host without a name";
        }
    }

    /**
     * What this process opened to take forwards of: one per process, whose tasks share its models. Their values are those of the last round
     * that was begun.
     */
    static final class ExecutorModels {
        private static @Nullable ExecutorModels open;
        private static @Nullable String refused;
        private static String opened = "";

        private final List<Worker> workers;
        private final Map<String, Round<?, ?>> rounds;
        private final Object settling = new Object();
        private final ReentrantReadWriteLock values = new ReentrantReadWriteLock();
        private long version = -1;

        ExecutorModels(Taker taker) {
            this.workers = taker.policies().stream()
                    .map(policy -> new Worker(policy, new ConcurrentLinkedQueue<>()))
                    .toList();
            this.rounds = taker.rounds().stream().collect(Collectors.toMap(Round::name, round -> round));
        }

        /**
         * A policy whose passes are taken here.
         *
         * @param idle gradients that no task adds to: as many as there were tasks side by side, kept as long as the process lives
         */
        private record Worker(Policy policy, Queue<Trainables> idle) {}

        /**
         * Returns the hand for what was opened on the driver, opened here by the first task that asks.
         *
         * @throws RunException where it can't be opened, each time that it is asked for
         */
        static synchronized ExecutorModels of(Opening opening) {
            if (!opened.equals(opening.id())) {
                opened = opening.id();
                open = null;
                refused = null;
                try {
                    open = opened(opening);
                } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
                    refused = e.getMessage() == null ? e.toString() : e.getMessage();
                }
            }
            ExecutorModels hand = open;
            if (hand == null) {
                throw new RunException(refused == null ? "The executor could not open what the driver did." : refused);
            }
            return hand;
        }

        private static ExecutorModels opened(Opening opening) {
            requireKind(opening);
            Taker taker = taker(opening.command(), oneThread(opening.config()));
            opening.hashes()
                    .forEach((name, hash) -> requireHash(name, taker.hashes().get(name), hash));
            return new ExecutorModels(taker);
        }

        private static Taker taker(String command, String config) {
            Optional<TrainingMethod<?>> method = TrainingMethod.named(command);
            if (method.isPresent()) {
                return method.get().taker(config);
            }
            return ServiceLoader.load(TakerSource.class).stream()
                    .map(ServiceLoader.Provider::get)
                    .filter(source -> source.name().equals(command))
                    .findFirst()
                    .orElseThrow(() -> new InputException("The executor knows no command " + command
                            + " whose forwards it could take; give it the same Align4J as the driver."))
                    .taker(config);
        }

        /** Kernels of an executor have one thread each: its tasks are side by side. */
        private static String oneThread(String config) {
            return config.lines()
                    .map(line -> line.startsWith("threads:") ? "threads: 1" : line)
                    .collect(Collectors.joining("\n", "", "\n"));
        }

        private static void requireHash(String name, @Nullable String here, String driver) {
            if (!driver.equals(here)) {
                throw new InputException(format(
                        "%s has the hash %s on the executor but %s on the driver; give both the same files.",
                        name, here, driver));
            }
        }

        private static void requireKind(Opening opening) {
            ProcessorKind here = ProcessorKind.here();
            if (!opening.mixed() && !here.equals(opening.kind())) {
                throw new InputException(format(
                        "The executor's machine (%s) may round otherwise than the driver's (%s); use machines of one kind, or accept it with"
                                + " cluster-mixed true.",
                        here, opening.kind()));
            }
        }

        /**
         * Takes a slice.
         *
         * @param asOf number of the values, which rise by one from round to round
         * @param current gives these values, asked for where this hand has older ones
         */
        <R> R take(long asOf, Supplier<Numbers[]> current, Supplier<R> work) {
            // The first task of a round waits for those of the round before; the others take their slices beside it.
            synchronized (settling) {
                if (version != asOf) {
                    settle(asOf, current);
                }
                values.readLock().lock();
            }
            try {
                return work.get();
            } finally {
                values.readLock().unlock();
            }
        }

        private void settle(long asOf, Supplier<Numbers[]> current) {
            values.writeLock().lock();
            try {
                Numbers[] sent = current.get();
                for (int place = 0; place < sent.length; place++) {
                    workers.get(place).policy().trainables().setValues(sent[place].floats());
                }
                version = asOf;
            } finally {
                values.writeLock().unlock();
            }
        }

        /** Takes the forwards of a slice one after the other. */
        SliceAnswer answer(Slice slice, String host) {
            Integer place = slice.policy();
            if (place == null) {
                long begun = System.nanoTime();
                List<Serializable> answers = answers(slice);
                return new SliceAnswer(answers, null, null, host, System.nanoTime() - begun);
            }
            Policy policy = workers.get(place).policy();
            Queue<Trainables> idle = workers.get(place).idle();
            Trainables gradients = Objects.requireNonNullElseGet(
                    idle.poll(), () -> policy.trainables().withOwnGradients());
            try {
                long begun = System.nanoTime();
                List<Serializable> answers = policy.apart(gradients, () -> answers(slice));
                long nanos = System.nanoTime() - begun;
                Numbers sums = Numbers.of(gradients.elements(), gradients::copyGradients);
                return new SliceAnswer(answers, sums, null, host, nanos);
            } finally {
                idle.add(gradients);
            }
        }

        private List<Serializable> answers(Slice slice) {
            Round<?, ?> round = rounds.get(slice.round());
            if (round == null) {
                throw new RunException(
                        "The executor knows no round " + slice.round() + "; give it the same Align4J as the driver.");
            }
            return slice.questions().stream()
                    .map(question -> answer(round, question))
                    .toList();
        }

        @SuppressWarnings("unchecked") // the driver's round of this name has questions of this type
        private static <Q extends Serializable> Serializable answer(Round<Q, ?> round, Serializable question) {
            return round.forward().apply((Q) question);
        }
    }
}
