package org.align4j.spark;

import static org.align4j.core.error.RootFormat.format;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.Command;
import org.align4j.core.cli.train.MethodCommand;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.round.Round;
import org.align4j.core.policy.trained.Trainables;
import org.align4j.core.session.OpenTraining;
import org.align4j.core.session.Trainer;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * A training that this process opened to take forwards of: one a process, whose tasks share its base. Its values are those of the last
 * round that was begun.
 */
final class Hand {
    private static @Nullable Hand open;
    private static @Nullable String refused;
    private static String opened = "";

    private final Policy policy;
    private final Map<String, Round<?, ?>> rounds;
    private final Object settling = new Object();
    private final ReentrantReadWriteLock values = new ReentrantReadWriteLock();
    /** Gradients that no task adds to: as many as there were tasks side by side, kept as long as the process lives. */
    private final Queue<Trainables> idle = new ConcurrentLinkedQueue<>();

    private long version = -1;

    Hand(Policy policy, Map<String, Round<?, ?>> rounds) {
        this.policy = policy;
        this.rounds = rounds;
    }

    /**
     * Returns the hand of a training, opened by the first task that asks.
     *
     * @throws RunException where it can't be opened, each time that it is asked for
     */
    static synchronized Hand of(Opening opening) {
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
        Hand hand = open;
        if (hand == null) {
            throw new RunException(refused == null ? "The executor could not open the training." : refused);
        }
        return hand;
    }

    private static Hand opened(Opening opening) {
        requireKind(opening);
        Command<?> command = Align.commands().get(opening.command());
        if (!(command instanceof MethodCommand<?> method)) {
            throw new InputException("The executor knows no training command " + opening.command()
                    + "; give it the same Align4J as the driver.");
        }
        return opened(opening, method);
    }

    private static <O extends Record> Hand opened(Opening opening, MethodCommand<O> command) {
        O options = OptionsYaml.parse(oneThread(opening.config()), "config.yaml of the driver", command.options());
        TrainingMethod<?> method = command.method(options, TrainingLog.SILENT);
        return opened(opening, method);
    }

    /** Kernels of an executor have one thread each: its tasks are side by side. */
    private static String oneThread(String config) {
        return config.lines()
                .map(line -> line.startsWith("threads:") ? "threads: 1" : line)
                .collect(Collectors.joining("\n", "", "\n"));
    }

    @SuppressWarnings("resource") // lives as long as the process
    private static Hand opened(Opening opening, TrainingMethod<?> method) {
        TrainingSession<?> session =
                OpenTraining.open(method, null, TrainingLog.SILENT).session();
        Map<String, String> here = session.facts().clusterHashes();
        opening.hashes().forEach((name, hash) -> requireHash(name, here.get(name), hash));
        Trainer trainer = trainerOf(method, session);
        return new Hand(
                session.policy(), trainer.rounds().stream().collect(Collectors.toMap(Round::name, round -> round)));
    }

    @SuppressWarnings("unchecked") // the method's own session
    private static <T extends org.align4j.core.data.TokenRow> Trainer trainerOf(
            TrainingMethod<T> method, TrainingSession<?> session) {
        return method.trainer((TrainingSession<T>) session);
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
    <R> R take(long asOf, Supplier<Numbers> current, Supplier<R> work) {
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

    private void settle(long asOf, Supplier<Numbers> current) {
        values.writeLock().lock();
        try {
            policy.trainables().setValues(current.get().floats());
            version = asOf;
        } finally {
            values.writeLock().unlock();
        }
    }

    /** Takes the forwards of a slice one after the other. */
    SliceAnswer answer(Slice slice, String host) {
        if (!slice.learns()) {
            long begun = System.nanoTime();
            List<Serializable> answers = answers(slice);
            return new SliceAnswer(answers, null, null, host, System.nanoTime() - begun);
        }
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
