package org.align4j.core.session.cluster;

import static org.align4j.core.error.RootFormat.format;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.policy.GradientTree;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.Trainables;
import org.jspecify.annotations.Nullable;

/**
 * What a process opened to take slices of another one's rounds. Tasks side by side share its models, whose values are those of the last
 * round that was begun.
 */
public final class TakerModels {
    private static final String THREADS_OF_SLICE = "slice-threads:";

    private final List<Worker> workers;
    private final Map<String, Round<?, ?>> rounds;
    private final Object settling = new Object();
    private final ReentrantReadWriteLock values = new ReentrantReadWriteLock();
    private volatile long version = -1;

    /** Takes slices with what was opened. */
    public TakerModels(Taker taker) {
        this.workers = taker.policies().stream()
                .map(policy -> new Worker(policy, new ConcurrentLinkedQueue<>(), new GradientTree(policy.trainables())))
                .toList();
        this.rounds = taker.rounds().stream().collect(Collectors.toMap(Round::name, round -> round));
    }

    /**
     * A policy whose passes are taken here.
     *
     * @param idle gradients that no task adds to: as many as there were tasks side by side, kept as long as the process lives
     * @param tree what slices of the newest round were added up to, where this process holds it
     */
    private record Worker(Policy policy, Queue<Trainables> idle, GradientTree tree) {}

    /**
     * Opens what another process did, by its settled options.
     *
     * @param command its name on the command line
     * @param config settled options, as YAML; kernels get the threads of a slice, since slices go side by side
     * @param hashes of models and rows by name, which must be those here
     * @throws InputException where something differs
     */
    public static TakerModels open(String command, String config, Map<String, String> hashes) {
        Taker taker = taker(command, ofSlice(config));
        hashes.forEach((name, hash) -> requireHash(name, taker.hashes().get(name), hash));
        return new TakerModels(taker);
    }

    private static Taker taker(String command, String config) {
        return ServiceLoader.load(TakerSource.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(source -> source.serves(command))
                .findFirst()
                .orElseThrow(() -> new InputException("The executor knows no command " + command
                        + " whose forwards it could take; give it the same Align4J as the driver."))
                .taker(command, config);
    }

    /** Kernels have the threads of a slice: slices go side by side. */
    private static String ofSlice(String config) {
        String threads = config.lines()
                .filter(line -> line.startsWith(THREADS_OF_SLICE))
                .map(line -> line.substring(THREADS_OF_SLICE.length()).strip())
                .findFirst()
                .orElse("1");
        return config.lines()
                .map(line -> line.startsWith("threads:") ? "threads: " + threads : line)
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static void requireHash(String name, @Nullable String here, String driver) {
        if (!driver.equals(here)) {
            throw new InputException(format(
                    "%s has the hash %s on the executor but %s on the driver; give both the same files.",
                    name, here, driver));
        }
    }

    /**
     * Takes a slice.
     *
     * @param asOf number of the values, which rise by one from round to round
     * @param current gives these values, asked for where this process has older ones
     */
    public <R> R take(long asOf, Supplier<NumberSegments[]> current, Supplier<R> work) {
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

    private void settle(long asOf, Supplier<NumberSegments[]> current) {
        values.writeLock().lock();
        try {
            NumberSegments[] sent = current.get();
            for (int place = 0; place < sent.length; place++) {
                workers.get(place).policy().trainables().setValues(sent[place].reader());
            }
            workers.forEach(worker -> worker.tree().clear());
            version = asOf;
        } finally {
            values.writeLock().unlock();
        }
    }

    /**
     * Takes the forwards of a slice one after the other.
     *
     * @param seat who takes it
     * @param holds whether its gradients stay here, added up to those of other slices; else they are in the answer
     */
    public SliceAnswer answer(Slice slice, Seat seat, boolean holds) {
        Integer place = slice.policy();
        if (place == null) {
            long begun = System.nanoTime();
            List<Serializable> answers = answers(slice);
            return answered(answers, seat, begun);
        }
        Policy policy = workers.get(place).policy();
        if (holds) {
            GradientTree tree = workers.get(place).tree();
            Trainables gradients = tree.lend();
            long begun = System.nanoTime();
            List<Serializable> answers = policy.apart(gradients, () -> answers(slice));
            SliceAnswer answer = answered(answers, seat, begun);
            tree.add(slice.number(), slice.of(), gradients);
            return answer;
        }
        Queue<Trainables> idle = workers.get(place).idle();
        Trainables gradients = Objects.requireNonNullElseGet(
                idle.poll(), () -> policy.trainables().withOwnGradients());
        try {
            long begun = System.nanoTime();
            List<Serializable> answers = policy.apart(gradients, () -> answers(slice));
            SliceAnswer answer = answered(answers, seat, begun);
            NumberSegments sums =
                    NumberSegments.of(gradients.elements(), NumberSegments.MOST, gradients::copyGradients);
            return new SliceAnswer(answers, sums, null, false, seat.host(), seat.executor(), answer.nanos());
        } finally {
            idle.add(gradients);
        }
    }

    private static SliceAnswer answered(List<Serializable> answers, Seat seat, long begun) {
        return new SliceAnswer(answers, null, null, false, seat.host(), seat.executor(), System.nanoTime() - begun);
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

    /**
     * Who takes a slice.
     *
     * @param host the machine's name
     * @param executor its number
     */
    public record Seat(String host, String executor) {
        /** Returns the answer that a slice was refused. */
        public SliceAnswer refusal(boolean memory, Throwable why) {
            String message = why.getMessage() == null ? why.toString() : why.getMessage();
            return new SliceAnswer(List.of(), null, new SliceAnswer.Refusal(memory, message), false, host, executor, 0);
        }
    }

    /** Returns what this process holds of a round's gradients; null where it holds nothing of that round. */
    public @Nullable GradientTree held(long asOf, int place) {
        return version == asOf ? workers.get(place).tree() : null;
    }
}
