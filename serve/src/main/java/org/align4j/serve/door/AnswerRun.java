package org.align4j.serve.door;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.generate.AnswerQueue.Answering;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Piece;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * The answers to one request on their way: what the queue's threads bring is handed to the thread that writes. Closing it cancels answers that
 * still run. A writer that takes nothing lets the queue's listener wait, which ends the answer.
 */
final class AnswerRun implements AutoCloseable {
    private static final int AHEAD = 64;
    private static final int RETRY_SECONDS = 5;

    private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(AHEAD);
    private final List<Answering> answers = new ArrayList<>();
    private volatile boolean over;

    /** Something of one answer: a piece, its end, or why there is none; the others are null. */
    record Event(
            int answer,
            @Nullable Piece piece,
            @Nullable Ended ended,
            @Nullable RuntimeException failure) {}

    private AnswerRun() {}

    /**
     * Asks for answers.
     *
     * @param pieces whether pieces are wanted, or the ends alone
     * @throws Refusal of status 503 where too many wait
     */
    static AnswerRun begin(AnswerQueue queue, List<Request> requests, boolean pieces) {
        AnswerRun run = new AnswerRun();
        try {
            for (int i = 0; i < requests.size(); i++) {
                run.answers.add(queue.submit(requests.get(i), run.new Hearing(i, pieces)));
            }
            return run;
        } catch (AnswerQueue.QueueFull full) {
            run.close();
            throw Refusal.busy(
                    503, "The server has as many requests waiting as it takes: " + full.getMessage(), RETRY_SECONDS);
        } catch (RuntimeException | Error e) {
            run.close();
            throw e;
        }
    }

    private final class Hearing implements AnswerQueue.Listener {
        private final int answer;
        private final boolean pieces;

        Hearing(int answer, boolean pieces) {
            this.answer = answer;
            this.pieces = pieces;
        }

        @Override
        public void piece(Piece piece) {
            if (pieces) {
                put(new Event(answer, piece, null, null));
            }
        }

        @Override
        public void ended(Ended ended) {
            put(new Event(answer, null, ended, null));
        }

        @Override
        public void failed(RuntimeException why) {
            put(new Event(answer, null, null, why));
        }

        private void put(Event event) {
            try {
                boolean taken = over;
                while (!taken) {
                    taken = events.offer(event, 1, TimeUnit.SECONDS) || over;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns what came next; null where nothing did for so long. */
    @Nullable
    Event next(Duration most) {
        try {
            return events.poll(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal(503, "The server is stopping; ask again when it is back.");
        }
    }

    /** Ends an answer before its end. */
    void cancel(int answer) {
        answers.get(answer).cancel();
    }

    @Override
    public void close() {
        over = true;
        events.clear();
        answers.forEach(Answering::cancel);
    }
}
