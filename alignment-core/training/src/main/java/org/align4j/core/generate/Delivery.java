package org.align4j.core.generate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.align4j.core.generate.AnswerQueue.Listener;
import org.align4j.core.generate.AnswerQueue.Piece;
import org.align4j.core.generate.AnswerQueue.Token;
import org.jspecify.annotations.Nullable;

/**
 * Brings what an answer makes to its listener, away from the thread that decodes. Pieces that wait are joined, so that no more is held than
 * the answer itself.
 */
final class Delivery {
    private final Listener listener;
    private final Executor threads;
    private final long stallNanos;
    private final StringBuilder text = new StringBuilder();
    private final List<Token> tokens = new ArrayList<>();
    private @Nullable Consumer<Listener> last;
    private @Nullable Thread inCall;
    private long callBegan;
    private boolean running;
    private volatile boolean broken;

    /**
     * @param threads that may block
     * @param stall the time that the listener may take for a piece while more wait
     */
    Delivery(Listener listener, Executor threads, Duration stall) {
        this.listener = listener;
        this.threads = threads;
        this.stallNanos = stall.toNanos();
    }

    /** Hands a piece on. */
    synchronized void piece(String more, List<Token> fresh) {
        text.append(more);
        tokens.addAll(fresh);
        start();
    }

    /** Hands the end on, after all pieces; what comes later is left out. */
    synchronized void end(Consumer<Listener> end) {
        if (last == null) {
            last = end;
            start();
        }
    }

    /** Returns whether the listener threw, so that it is asked nothing more. */
    boolean isBroken() {
        return broken;
    }

    /** Returns whether the listener has been busy with one piece for too long while more wait; it is interrupted then. */
    synchronized boolean hasStalled() {
        Thread busy = inCall;
        if (busy == null || !hasPiece() || System.nanoTime() - callBegan <= stallNanos) {
            return false;
        }
        busy.interrupt();
        return true;
    }

    private boolean hasPiece() {
        return text.length() > 0 || !tokens.isEmpty();
    }

    private void start() {
        if (!running && !broken) {
            running = true;
            threads.execute(this::deliver);
        }
    }

    private void deliver() {
        for (Consumer<Listener> next = next(); next != null; next = next()) {
            try {
                next.accept(listener);
            } catch (RuntimeException itsOwn) {
                broken = true;
            }
        }
    }

    /** Takes what comes next; null: nothing is there now. */
    private synchronized @Nullable Consumer<Listener> next() {
        inCall = null;
        Consumer<Listener> next = null;
        if (hasPiece() && !broken) {
            Piece piece = new Piece(text.toString(), List.copyOf(tokens));
            text.setLength(0);
            tokens.clear();
            next = to -> to.piece(piece);
        } else if (last != null && !broken) {
            next = last;
            last = to -> {};
            broken = true;
        }
        running = next != null;
        if (running) {
            inCall = Thread.currentThread();
            callBegan = System.nanoTime();
        }
        return next;
    }
}
