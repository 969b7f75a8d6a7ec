package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.generate.AnswerQueue.Answering;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.serve.chat.ChatModel;
import org.align4j.serve.chat.Shelf;
import org.align4j.serve.chat.TokenCount;
import org.align4j.serve.tinker.ModelCalls.Form;
import org.align4j.serve.tinker.ModelCalls.Outcome;
import org.align4j.serve.tinker.TinkerTable.Sampler;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Answers by fixed weights, in the queues of the shelf. What was asked is kept in memory, an hour after its end: a server that starts again has forgotten it,
 * and clients ask again. May be used from several threads.
 */
final class Samplers {
    private static final long KEPT_NANOS = TimeUnit.HOURS.toNanos(1);
    private static final long MOST_BYTES = 256L << 20;
    private static final int RETRY_SECONDS = 1;

    private final Shelf shelf;
    private final SavedWeights weights;
    private final Map<String, String> directories;
    private final Map<String, Asking> askings = new LinkedHashMap<>();
    private long bytes;

    /**
     * Answers by models of the shelf.
     *
     * @param directories by the names of bases
     */
    Samplers(Shelf shelf, SavedWeights weights, Map<String, String> directories) {
        this.shelf = shelf;
        this.weights = weights;
        this.directories = Map.copyOf(directories);
    }

    /** Returns the id of a session's sampler. */
    static String id(String session, long number) {
        return session + ":sample:" + number;
    }

    /** Returns the promise of a call. */
    static String promise(SampleCall call) {
        return call.sampler() + ":" + call.number();
    }

    /**
     * Begins to answer; a repeated call changes nothing.
     *
     * @param counting hears of the tokens that were read and made
     * @throws Refusal 400 where the prompt doesn't fit the model, 404 where the sampler's weights are gone, 429 where there is no room at the moment
     */
    void submit(Sampler sampler, SampleCall call, Consumer<TokenCount> counting) {
        String promise = promise(call);
        Asking asking = new Asking(call, counting);
        synchronized (askings) {
            forget();
            if (askings.putIfAbsent(promise, asking) != null) {
                return;
            }
        }
        try {
            String path = sampler.path();
            if (path == null) {
                ChatModel base = shelf.base(sampler.base())
                        .orElseThrow(
                                () -> new Refusal(404, "This server no longer has the model " + sampler.base() + "."));
                asking.begin(base, () -> {});
            } else {
                Shelf.Loan loan = lend(sampler, path);
                asking.begin(loan.model(), loan::close);
            }
        } catch (RuntimeException | Error failed) {
            synchronized (askings) {
                askings.remove(promise);
            }
            throw failed;
        }
    }

    private Shelf.Loan lend(Sampler sampler, String path) {
        try {
            return shelf.lend(new Shelf.Tuned(
                    Optional.ofNullable(directories.get(sampler.base()))
                            .orElseThrow(() ->
                                    new Refusal(404, "This server no longer has the model " + sampler.base() + ".")),
                    weights.folder(weights.find(sampler.project(), path)).resolve(SavedWeights.ADAPTER)));
        } catch (Shelf.NoRoom full) {
            throw Refusal.busy(429, String.valueOf(full.getMessage()), RETRY_SECONDS);
        }
    }

    private void forget() {
        long now = System.nanoTime();
        Iterator<Asking> all = askings.values().iterator();
        while (all.hasNext()) {
            Asking asking = all.next();
            if (asking.over() && (now - asking.ended > KEPT_NANOS || bytes > MOST_BYTES)) {
                bytes -= asking.size();
                all.remove();
            }
        }
    }

    /**
     * Waits for the answers to a call.
     *
     * @return null where they aren't there within the time
     * @throws Refusal 410 where nothing is known of the call, or no longer
     */
    @Nullable
    Outcome await(String promise, long millis) {
        Asking asking;
        synchronized (askings) {
            asking = askings.get(promise);
        }
        if (asking == null) {
            throw new Refusal(
                    410,
                    "The answers to this call are no longer kept; they are kept for an hour while the server runs. Ask again.");
        }
        return asking.await(millis);
    }

    /** Ends the answers to a call, where they are being made. */
    void cancel(String promise) {
        Asking asking;
        synchronized (askings) {
            asking = askings.get(promise);
        }
        if (asking != null) {
            asking.cancel();
        }
    }

    /** A call that is answered or was. */
    private final class Asking {
        private final SampleCall call;
        private final Consumer<TokenCount> counting;
        private final @Nullable Ended[] answers;
        private final List<Answering> running = new ArrayList<>();
        private Runnable unused = () -> {};
        private int left;
        private @Nullable Outcome outcome;
        private long ended;

        Asking(SampleCall call, Consumer<TokenCount> counting) {
            this.call = call;
            this.counting = counting;
            this.answers = new Ended[call.samples()];
            this.left = call.samples();
        }

        void begin(ChatModel model, Runnable whenUnused) {
            unused = whenUnused;
            try {
                int room = model.maxLength() - call.prompt().length;
                if (room < 0 || (room == 0 && !call.scores().prompt())) {
                    throw new Refusal(
                            400,
                            format(
                                    "The prompt has %d tokens, but this model reads at most %d with the answer; cut it.",
                                    call.prompt().length, model.maxLength()));
                }
                for (int sample = 0; sample < answers.length; sample++) {
                    Answering answering = model.queue().submit(request(model, sample, room), new Hearing(sample));
                    synchronized (this) {
                        running.add(answering);
                    }
                }
            } catch (AnswerQueue.QueueFull full) {
                giveUp();
                throw Refusal.busy(429, String.valueOf(full.getMessage()), RETRY_SECONDS);
            } catch (InputException wrong) {
                giveUp();
                throw new Refusal(400, String.valueOf(wrong.getMessage()));
            } catch (RuntimeException | Error failed) {
                giveUp();
                throw failed;
            }
        }

        private void giveUp() {
            cancel();
            synchronized (this) {
                left -= answers.length - running.size();
                if (left == 0) {
                    unused.run();
                }
            }
        }

        private Request request(ChatModel model, int sample, int room) {
            return new Request(
                    model.variant(),
                    call.prompt(),
                    room == 0 ? null : call.choice().settings(sample, room),
                    call.scores().asked(sample),
                    null,
                    call.choice().ids());
        }

        private final class Hearing implements AnswerQueue.Listener {
            private final int sample;

            Hearing(int sample) {
                this.sample = sample;
            }

            @Override
            public void ended(Ended answer) {
                heard(sample, answer, null);
            }

            @Override
            public void failed(RuntimeException why) {
                heard(sample, null, why);
            }
        }

        private void heard(int sample, @Nullable Ended answer, @Nullable RuntimeException why) {
            synchronized (this) {
                answers[sample] = answer;
                if (why != null && outcome == null) {
                    outcome = Outcome.failed("The answer failed: " + why.getMessage(), "server");
                }
                left--;
                if (left > 0) {
                    return;
                }
                if (outcome == null) {
                    outcome = whole();
                }
                ended = System.nanoTime();
                unused.run();
                notifyAll();
            }
            synchronized (askings) {
                bytes += size();
            }
        }

        private Outcome whole() {
            List<Ended> all = new ArrayList<>();
            for (Ended each : answers) {
                if (each == null || each.reason() == AnswerQueue.EndReason.CANCELLED) {
                    return Outcome.failed("The answers were cancelled.", "user");
                }
                all.add(each);
            }
            long made =
                    all.stream().mapToLong(each -> each.usage().answerTokens()).sum();
            AnswerQueue.Usage read = all.get(0).usage();
            counting.accept(new TokenCount(read.promptTokens(), read.reusedTokens(), made));
            return new Outcome(Form.MESSAGE, SampleResult.message(call, all));
        }

        synchronized boolean over() {
            return outcome != null && left == 0;
        }

        synchronized long size() {
            return outcome == null ? 0 : outcome.body().length;
        }

        synchronized @Nullable Outcome await(long millis) {
            long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            while (!over()) {
                long remaining = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                if (remaining <= 0) {
                    return null;
                }
                try {
                    wait(remaining);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return null;
                }
            }
            return outcome;
        }

        void cancel() {
            List<Answering> some;
            synchronized (this) {
                some = List.copyOf(running);
            }
            some.forEach(Answering::cancel);
        }
    }
}
