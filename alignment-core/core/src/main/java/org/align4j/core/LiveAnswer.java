package org.align4j.core;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.align4j.core.generate.AnswerQueue.Answering;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Listener;
import org.align4j.core.generate.AnswerQueue.Piece;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.stop.StoppedException;

/** An answer that is being made: it is waited for, or cancelled. Any thread may do either. */
public final class LiveAnswer {
    private static final long LOOK_EVERY_MILLIS = 100;

    private final CompletableFuture<Generation> whole = new CompletableFuture<>();
    private final Answering answering;

    private LiveAnswer(Consumer<Piece> pieces, Function<Listener, Answering> ask) {
        this.answering = ask.apply(new Listener() {
            @Override
            public void piece(Piece piece) {
                try {
                    pieces.accept(piece);
                } catch (RuntimeException itsOwn) {
                    whole.completeExceptionally(itsOwn);
                    throw itsOwn;
                }
            }

            @Override
            public void ended(Ended answer) {
                whole.complete(Generation.of(answer));
            }

            @Override
            public void failed(RuntimeException why) {
                whole.completeExceptionally(why);
            }
        });
    }

    /**
     * Asks a queue.
     *
     * @param pieces hears what is certain of the answer; an exception of its own ends the answer
     * @param ask submits the request with a listener
     */
    static LiveAnswer of(Consumer<Piece> pieces, Function<Listener, Answering> ask) {
        return new LiveAnswer(pieces, ask);
    }

    /** Ends the answer; what there is of it is its result. Does nothing where it is over. */
    public void cancel() {
        answering.cancel();
    }

    /**
     * Waits until the answer is over.
     *
     * @throws RuntimeException what the consumer of pieces threw, or that the model's weights are damaged
     * @throws StoppedException where the process is asked to stop meanwhile; the answer is cancelled
     * @throws IllegalStateException where the thread is interrupted meanwhile; the answer is cancelled
     */
    public Generation await() {
        while (true) {
            try {
                StopSignal.throwIfStopped();
                return whole.get(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException notYet) {
                // The next round looks whether to stop.
            } catch (StoppedException stopped) {
                cancel();
                throw stopped;
            } catch (InterruptedException interrupted) {
                cancel();
                Thread.currentThread().interrupt();
                throw new IllegalStateException(
                        "The thread was interrupted while it waited for an answer.", interrupted);
            } catch (ExecutionException failed) {
                throw failed.getCause() instanceof RuntimeException known
                        ? known
                        : new IllegalStateException(failed.getCause());
            }
        }
    }
}
