package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.kernel.GenerationKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.model.Weights;
import org.jspecify.annotations.Nullable;

/** The weights that some requests of a queue are answered by, kept as long as one of them needs them. */
final class QueueVariant {
    private final Weights weights;
    private final @Nullable Pairs pairs;
    private final RowWidths widths;
    private final boolean exact;
    private final String fingerprint;
    private final Runnable unused;
    private final Set<QueuedAnswer> answers = new HashSet<>();
    private volatile boolean dropped;
    private boolean free;

    /**
     * Low-rank pairs as the joined kernel reads them.
     *
     * @param scope owns them
     * @param tensors those of {@link GenerationKernels.Pairs}; null: the base alone
     * @param lowering the a of its pairs: each {@code [L, ranks, in]} or without elements, and the head's
     * @param raising the b of its pairs, with each of their scalings, and the head's
     * @param scalings {@code [L * 7]}
     * @param head the pair on the head; null: none
     */
    @SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
    record Pairs(
            Scope scope,
            @Nullable TensorList tensors,
            List<NDArray> lowering,
            List<Raising> raising,
            double[] scalings,
            @Nullable HeadPair head) {
        /** Returns what decides how products of the pairs round. */
        List<Object> kinds() {
            return Stream.concat(
                            lowering.stream().map(NDArray::getShape),
                            raising.stream().map(one -> List.of(one.b().getShape(), one.scaling())))
                    .toList();
        }
    }

    /**
     * The b of pairs.
     *
     * @param b {@code [L, out, rank]}, perhaps without elements, or the head's {@code [V, rank]}
     * @param scaling what some of them are multiplied by
     */
    record Raising(NDArray b, double scaling) {
        /** Returns for each number of rows whether that many give a row the bits that it has among the most. */
        boolean[] alike(Scope inner, int... widths) {
            return GenerationKernels.addedAlike(inner, b, scaling, widths);
        }
    }

    /**
     * The pair on the head.
     *
     * @param a {@code [rank, H]}
     * @param b {@code [V, rank]}
     */
    record HeadPair(NDArray a, NDArray b, double scaling) {}

    /**
     * @param pairs null where its rows need a pass of their own
     * @param widths numbers of rows that round alike
     * @param unused called when nobody needs the weights
     */
    QueueVariant(Weights weights, @Nullable Pairs pairs, RowWidths widths, String fingerprint, Runnable unused) {
        this.weights = weights;
        this.pairs = pairs;
        this.widths = widths;
        this.exact = widths.exact();
        this.fingerprint = fingerprint + (exact ? "" : "-inexact");
        this.unused = unused;
    }

    Weights weights() {
        return weights;
    }

    /** Returns whether its rows may share a pass with those of others. */
    boolean joins() {
        return pairs != null;
    }

    /** Returns what it adds to the head; null: nothing, or its rows have a pass of their own. */
    @Nullable
    HeadPair head() {
        return pairs == null ? null : pairs.head();
    }

    boolean hasPairs() {
        return pairs != null && pairs.tensors() != null;
    }

    /** Returns its low-rank pairs. */
    Pairs pairs() {
        Pairs there = pairs;
        if (there == null) {
            throw new IllegalStateException("This variant's rows need a pass of their own.");
        }
        return there;
    }

    /** Returns to how many rows some rows are filled up. */
    int width(int rows) {
        return widths.width(rows);
    }

    boolean exact() {
        return exact;
    }

    String fingerprint() {
        return fingerprint;
    }

    boolean isDropped() {
        return dropped;
    }

    /** Holds the weights for an answer, until it is {@linkplain #release over}. */
    synchronized void use(QueuedAnswer answer) {
        if (dropped) {
            throw new IllegalStateException("This variant is closed; add it to the queue again.");
        }
        answers.add(answer);
    }

    /** Returns the answers that are not over. */
    synchronized List<QueuedAnswer> answers() {
        return List.copyOf(answers);
    }

    /** Refuses further use. */
    synchronized void drop() {
        dropped = true;
        freeUnlessUsed();
    }

    /** Notifies the owner that the weights are free; an exception of the owner's doesn't reach the answers that still run. */
    private void giveBack() {
        try {
            unused.run();
        } catch (RuntimeException itsOwn) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, itsOwn);
        }
    }

    /** Hears that an answer is over. */
    synchronized void release(QueuedAnswer answer) {
        answers.remove(answer);
        freeUnlessUsed();
    }

    private void freeUnlessUsed() {
        if (dropped && !free && answers.isEmpty()) {
            free = true;
            if (pairs != null) {
                pairs.scope().close();
            }
            giveBack();
            notifyAll();
        }
    }

    /** Returns whether the weights were given back. */
    synchronized boolean isFree() {
        return free;
    }

    /** Waits until the weights were given back. */
    synchronized void awaitFree() {
        boolean interrupted = false;
        while (!free) {
            try {
                wait();
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
