package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.AnswerQueue.Answering;
import org.align4j.core.generate.AnswerQueue.Limits;
import org.align4j.core.generate.AnswerQueue.Listener;
import org.align4j.core.generate.AnswerQueue.Load;
import org.align4j.core.generate.AnswerQueue.QueueFull;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.jspecify.annotations.Nullable;

/** The threads of a queue and what waits for them. */
final class QueueWorkers {
    private final BaseModel base;
    private final AnswerEnds ends;
    private final int maxLength;
    private final Limits limits;
    private final Deque<QueuedAnswer> waiting = new ArrayDeque<>();
    private final ExecutorService listeners = Executors.newCachedThreadPool(task -> daemon(task, "answer-listener"));
    private final Thread worker;
    private boolean closed;
    private int running;

    QueueWorkers(BaseModel base, AnswerEnds ends, int maxLength, Limits limits) {
        this.base = base;
        this.ends = ends;
        this.maxLength = maxLength;
        this.limits = limits;
        this.worker = daemon(this::work, "answers");
        worker.start();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Holds the weights of a variant as long as requests use them. */
    static final class HeldVariant {
        private final Weights weights;
        private final Runnable unused;
        private int users = 1;
        private boolean dropped;

        private HeldVariant(Weights weights, Runnable unused) {
            this.weights = weights;
            this.unused = unused;
        }

        boolean exact() {
            return true;
        }

        String fingerprint() {
            return Engine.kernelsHash().substring(0, 10);
        }

        synchronized void use() {
            if (dropped) {
                throw new IllegalStateException("This variant is closed; add it again.");
            }
            users++;
        }

        synchronized void drop() {
            if (!dropped) {
                dropped = true;
                release();
            }
        }

        synchronized void release() {
            if (--users == 0) {
                unused.run();
            }
        }
    }

    HeldVariant variant(Weights weights, Runnable unused) {
        return new HeldVariant(weights, unused);
    }

    synchronized Answering submit(Request request, HeldVariant variant, Listener listener) {
        if (closed) {
            throw new IllegalStateException("This queue is closed; open another.");
        }
        int length = request.prompt().length;
        if (length >= maxLength) {
            throw new InputException("the prompt has " + length
                    + " tokens, which leaves no room for an answer; max-length is " + maxLength + ".");
        }
        if (waiting.size() >= limits.waiting()) {
            throw new QueueFull(waiting.size());
        }
        int limit = Math.min(maxLength - length, request.settings().maxNewTokens());
        QueuedAnswer answer = new QueuedAnswer(
                request, variant, ends, limit, new Delivery(listener, listeners, limits.stall()));
        variant.use();
        waiting.add(answer);
        notifyAll();
        return answer;
    }

    synchronized Load load() {
        return new Load(waiting.size(), running, 0);
    }

    private synchronized @Nullable QueuedAnswer next() {
        running = 0;
        while (waiting.isEmpty() && !closed) {
            try {
                wait();
            } catch (InterruptedException nobodyDoes) {
                return null;
            }
        }
        running = waiting.isEmpty() ? 0 : 1;
        return waiting.poll();
    }

    private void work() {
        for (QueuedAnswer answer = next(); answer != null; answer = next()) {
            try {
                answer(answer);
            } catch (RuntimeException failed) {
                answer.fail(failed);
            } finally {
                answer.variant().release();
            }
        }
    }

    private void answer(QueuedAnswer answer) {
        Decoder decoder = base.decoder();
        Weights weights = answer.variant().weights;
        DecodingStep step = DecodingStep.layerByLayer(base, weights);
        Scope kept = base.engine().open();
        try (KeyValueCache cache = new KeyValueCache(
                kept, decoder, base.dtype(), weights.value(kept, decoder.embedding()), 1, answer.most())) {
            int[] prompt = Arrays.copyOf(answer.ids(), answer.count());
            long[] places = LongStream.range(0, prompt.length).toArray();
            try (Scope scope = base.engine().open()) {
                PackedBatch batch =
                        PackedBatch.of(java.util.List.of(TokenTree.ofText(prompt, new boolean[prompt.length])));
                PassContext pass = new PassContext(
                        weights,
                        cache.prefill(
                                scope, batch, new KeyValueCache.Targets(places, new long[prompt.length], places)),
                        null);
                NDArray hidden = decoder.hidden(
                        scope, scope.longs(IntStream.of(batch.ids()).asLongStream().toArray()), pass);
                NDArray last = DecoderKernels.gatherRows(scope, hidden, scope.longs(prompt.length - 1));
                answer.take(NextToken.choose(scope, decoder.logits(scope, last, weights), answer));
            }
            while (!answer.isOver()) {
                try (Scope scope = base.engine().open()) {
                    int at = answer.count() - 1;
                    NDArray hidden = step.hidden(scope, cache, new int[] {answer.ids()[at]}, new int[] {at});
                    answer.take(NextToken.choose(scope, step.logits(scope, hidden), answer));
                }
            }
        }
    }

    void close() {
        synchronized (this) {
            closed = true;
            waiting.forEach(QueuedAnswer::cancel);
            notifyAll();
        }
        try {
            worker.join();
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        }
        listeners.shutdown();
    }
}
