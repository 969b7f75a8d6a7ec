package org.align4j.core.policy;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.align4j.core.machine.OrderedTasks;
import org.align4j.core.policy.Policy.Forwards;
import org.align4j.core.policy.Round.Slices;
import org.jspecify.annotations.Nullable;

/**
 * Threads that take the forwards of a step side by side, each one after the other in their order. What a forward adds to the
 * gradients it adds to its thread's own, which are added to the policy's in the order of the forwards: the same sums, bit for
 * bit, whatever the number of threads.
 */
final class Workers implements Forwards, AutoCloseable {
    private final Trainables sum;
    private final List<Trainables> own = new ArrayList<>();
    private final Map<Thread, PartGradients> gradientsOfThreads = new ConcurrentHashMap<>();
    private final OrderedTasks threads;
    private final int count;
    private final Slices slices;
    private final GradientTree tree;

    /**
     * Employs threads; they start with the first round.
     *
     * @param count threads, the caller's among them
     * @param sum the policy's gradients
     * @param slices how the gradients of a round are added
     */
    Workers(int count, Trainables sum, Slices slices) {
        this.count = count;
        this.sum = sum;
        this.slices = slices;
        this.tree = new GradientTree(sum);
        this.threads = new OrderedTasks(Math.max(1, count - 1), "forwards");
    }

    int count() {
        return count;
    }

    Slices slices() {
        return slices;
    }

    @Override
    public <Q extends Serializable, A extends Serializable> List<A> take(Round<Q, A> round, List<Q> questions) {
        if (!round.learns() || !slices.areUsed()) {
            return run(questions, round.forward());
        }
        List<List<A>> answers = runApart(
                slices.of(questions),
                slice -> slice.stream().map(round.forward()).toList(),
                slices.areTree() && !sum.isEmpty());
        return answers.stream().flatMap(List::stream).toList();
    }

    /** Does passes on this thread whose gradients go, from zero, to a set of tensors of their own. */
    <R> R apart(Trainables gradients, Supplier<R> passes) {
        gradients.zeroGradients();
        gradientsOfThreads.put(Thread.currentThread(), new PartGradients(gradients));
        try {
            return passes.get();
        } finally {
            gradientsOfThreads.remove(Thread.currentThread());
        }
    }

    /** Returns the gradients to which a pass on this thread adds. */
    Trainables gradients() {
        PartGradients seat = gradientsOfThreads.get(Thread.currentThread());
        return seat == null ? sum : seat.gradients();
    }

    /**
     * Does the parts, several at a time; one after the other where this thread itself has taken a part.
     *
     * @return the results in the parts' order
     */
    <P, R> List<R> run(List<P> parts, Function<P, R> pass) {
        boolean alone = Math.min(count, parts.size()) <= 1 || gradientsOfThreads.containsKey(Thread.currentThread());
        return alone ? parts.stream().map(pass).toList() : runApart(parts, pass, false);
    }

    /**
     * Does the parts, several at a time, each with gradients that begin at zero and are then added in the parts' order.
     *
     * @param along whether they are added along the tree; else one after the other
     */
    private <P, R> List<R> runApart(List<P> parts, Function<P, R> pass, boolean along) {
        int taking = Math.min(count, parts.size());
        while (own.size() < taking && !sum.isEmpty() && !along) {
            own.add(sum.withOwnGradients());
        }
        tree.clear();
        Turns<P, R> turns = new Turns<>(parts, pass, along);
        threads.together(IntStream.range(0, taking)
                .mapToObj(worker -> (Runnable) () -> turns.take(worker))
                .toList());
        List<R> results = turns.results();
        if (along) {
            tree.moveTo(sum);
        }
        return results;
    }

    @Override
    public void close() {
        threads.close();
        own.forEach(Trainables::close);
        tree.close();
    }

    /** Holds a part's gradients, zero when they are first asked for. */
    private static final class PartGradients {
        private final Trainables gradients;
        private boolean asked;

        PartGradients(Trainables gradients) {
            this.gradients = gradients;
        }

        Trainables gradients() {
            if (!asked && !gradients.isEmpty()) {
                gradients.zeroGradients();
                asked = true;
            }
            return gradients;
        }
    }

    /** The parts of one call: who takes which, whose turn it is to add, and what came of it. */
    private final class Turns<P, R> {
        private final List<P> parts;
        private final Function<P, R> pass;
        private final boolean along;
        private final List<R> results = new ArrayList<>();
        private int next;
        private int added;
        private @Nullable Throwable failure;

        Turns(List<P> parts, Function<P, R> pass, boolean along) {
            this.parts = parts;
            this.pass = pass;
            this.along = along;
        }

        /** Takes parts until there are none; ends early where one has failed. Never throws. */
        void take(int worker) {
            try {
                for (int part = nextPart(); part < parts.size(); part = nextPart()) {
                    PartGradients seat = new PartGradients(along ? tree.lend() : sum.isEmpty() ? sum : own.get(worker));
                    gradientsOfThreads.put(Thread.currentThread(), seat);
                    add(part, seat, pass.apply(parts.get(part)));
                }
            } catch (RuntimeException | Error e) {
                fail(e);
            } finally {
                gradientsOfThreads.remove(Thread.currentThread());
            }
        }

        private synchronized int nextPart() {
            return failure == null ? next++ : parts.size();
        }

        private synchronized void add(int part, PartGradients seat, R result) {
            try {
                while (added < part && failure == null) {
                    wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while forwards were under way.", e);
            }
            if (failure != null) {
                return;
            }
            if (along) {
                tree.add(part, parts.size(), seat.gradients());
            } else if (seat.asked) {
                sum.addGradients(seat.gradients);
            }
            results.add(result);
            added++;
            notifyAll();
        }

        private synchronized void fail(Throwable e) {
            if (failure == null) {
                failure = e;
            } else if (failure != e) {
                failure.addSuppressed(e);
            }
            notifyAll();
        }

        private synchronized List<R> results() {
            Throwable failed = failure;
            if (failed instanceof Error error) {
                throw error;
            }
            if (failed != null) {
                throw (RuntimeException) failed;
            }
            return List.copyOf(results);
        }
    }
}
