package org.align4j.core.generate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.machine.OrderedTasks;

/**
 * Shares answers out among threads, each with kernels of one thread. Much of a step of a small model is operations that are too
 * small to be shared out, for which all threads but one would wait. Who makes an answer follows from the order of the prompts
 * alone, so that the same is computed again each time.
 *
 * @param <A> an answer
 */
final class DecodeWorkers<A> {
    private final List<Deque<A>> waiting;
    private volatile boolean failed;

    private DecodeWorkers(List<Deque<A>> waiting) {
        this.waiting = waiting;
    }

    /** An answer to be made. */
    @FunctionalInterface
    interface AnswerMaker<A> {
        A of(PromptTokens prompt, int sample);
    }

    /**
     * Deals answers out, in turn; those of one prompt go to one thread, where there are enough prompts.
     *
     * @param samples answers of each prompt
     */
    static <A> DecodeWorkers<A> distribute(List<PromptTokens> prompts, int samples, int workers, AnswerMaker<A> asked) {
        List<Deque<A>> waiting = new ArrayList<>();
        for (int worker = 0; worker < workers; worker++) {
            waiting.add(new ArrayDeque<>());
        }
        int run = prompts.size() < workers ? (samples + workers - 1) / workers : samples;
        int dealt = 0;
        for (PromptTokens prompt : prompts) {
            for (int sample = 0; sample < samples; sample++, dealt++) {
                waiting.get(dealt / run % workers).add(asked.of(prompt, sample));
            }
        }
        return new DecodeWorkers<>(waiting);
    }

    /** Returns what each thread has to do, in its order. */
    List<Deque<A>> waiting() {
        return waiting;
    }

    /** Returns whether the work of a thread has failed, so that the others' is of no use. */
    boolean haveFailed() {
        return failed;
    }

    /** Has each thread do its work, the caller's among them; when it returns, or throws what one of them threw, all have ended. */
    void run(Consumer<Deque<A>> work) {
        if (waiting.size() == 1) {
            work.accept(waiting.get(0));
            return;
        }
        try (OrderedTasks others = new OrderedTasks(waiting.size() - 1, "answers")) {
            others.together(waiting.stream()
                    .map(worker -> (Runnable) () -> attempt(work, worker))
                    .toList());
        }
    }

    private void attempt(Consumer<Deque<A>> work, Deque<A> worker) {
        boolean ended = false;
        try {
            work.accept(worker);
            ended = true;
        } finally {
            failed |= !ended;
        }
    }
}
