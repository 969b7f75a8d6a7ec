package org.align4j.core.generate;

import java.time.Duration;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Weights;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests that join and leave while others run: the open mode, for servers and for programs that ask from several threads.
 * {@link Generator} is the closed mode, which knows all its prompts at the start.
 *
 * <p>A request names a {@link Variant} of one base model: the base itself, or an adapter on it. Requests of several variants run in the
 * same decoding steps. What is drawn for an answer depends on its seed and on the position alone. Where the variant is
 * {@linkplain Variant#exact exact}, an answer by the likeliest token has the same tokens in any company as alone.
 *
 * <p>What an answer brings comes to its {@link Listener} on threads of the queue that decode nothing: a listener may block, as long as it
 * takes each piece within {@link Limits#stall}. All methods may be called by any thread.
 */
public final class AnswerQueue implements AutoCloseable {
    /** Most alternatives that may be asked for with each token. */
    public static final int MOST_ALTERNATIVES = 20;

    private final QueueWorkers workers;
    private final Variant base;

    /**
     * Opens a queue over a model and tries whether rows of its products round alike in any company.
     *
     * @param base must stay open until the queue is closed
     * @param ends what ends an answer
     * @param maxLength tokens that prompt and answer may have together
     */
    public AnswerQueue(BaseModel base, AnswerEnds ends, int maxLength, Limits limits) {
        this.workers = new QueueWorkers(base, ends, maxLength, limits);
        this.base = new Variant(workers, workers.base());
    }

    /**
     * Opens a queue over the model that a generator answers by, with its ends and its length. The generator's own weights are a variant once
     * they are {@linkplain #add added}.
     *
     * @param closed what answers by the same model; its base stays open until the queue is closed
     */
    public AnswerQueue(Generator closed, Limits limits) {
        this(closed.base(), closed.ends(), closed.maxLength(), limits);
    }

    /**
     * Bounds what a queue takes.
     *
     * @param waiting requests that may wait for a place
     * @param running answers that may be made at a time
     * @param cacheBytes keys and values of running answers, with what is kept of prompts to be used again
     * @param stall the time that a listener may take for a piece while more wait; then its answer is ended
     */
    public record Limits(int waiting, int running, long cacheBytes, Duration stall) {
        public Limits {
            InputException.requireAtLeast(0, "waiting", waiting, "");
            InputException.requireAtLeast(1, "running", running, "");
            if (cacheBytes <= 0 || stall.isNegative() || stall.isZero()) {
                throw new InputException("cache bytes are " + cacheBytes + " and the stall time is " + stall
                        + " but both must be positive.");
            }
        }
    }

    /** Returns the base without an adapter. */
    public Variant base() {
        return base;
    }

    /**
     * Adds an adapter on the queue's base, for requests from now on.
     *
     * @param weights of the adapter over this very base, such as {@code session.beside(place).policy().weights()}
     * @param unused called once, when the variant is closed and the last of its requests has ended; it may close the weights
     */
    public Variant add(Weights weights, Runnable unused) {
        return new Variant(workers, workers.variant(weights, unused));
    }

    /**
     * Asks for one answer.
     *
     * @throws QueueFull where as many requests wait as may
     * @throws InputException where the prompt leaves no room for an answer or doesn't fit the cache, a token is none of the model's, or the model
     *     has no tokenizer for stop texts
     * @throws IllegalStateException where the variant or the queue is closed
     */
    public Answering submit(Request request, Listener listener) {
        return workers.submit(request, request.variant().held, listener);
    }

    /** Counts the bytes of the copies of the base's matrices that the queue holds, arranged for the few rows of a decoding step; 0: none. */
    public long copiedBytes() {
        return workers.copiedBytes();
    }

    /** Counts the tokens that were guessed from what prompts and answers said before, and those of them that the model then chose itself. */
    public Drafts drafts() {
        return workers.drafts();
    }

    /** Returns how much the queue has to do at this moment. */
    public Load load() {
        return workers.load();
    }

    /**
     * Ends all answers as cancelled, waits for their listeners for a moment, and frees the cache. The base stays open, and variants are
     * closed by whoever added them.
     */
    @Override
    public void close() {
        workers.close();
    }

    /** A model that the queue answers by: its base, or an adapter on it. Closing it lets its running requests end. */
    public static final class Variant implements AutoCloseable {
        private final QueueWorkers workers;
        private final QueueVariant held;

        private Variant(QueueWorkers workers, QueueVariant held) {
            this.workers = workers;
            this.held = held;
        }

        /** Returns whether an answer by the likeliest token is the same in any company as alone, by a trial on this machine. */
        public boolean exact() {
            return held.exact();
        }

        /**
         * Names all that decides an answer's tokens besides the request: kernels, dtype, way of computing. It ends in {@code -inexact} where
         * the machine's products depend on how many are made together. OpenAI's clients know it as {@code system_fingerprint}.
         */
        public String fingerprint() {
            return held.fingerprint();
        }

        /** Refuses requests from now on; the weights are given back when the last running one has ended. */
        @Override
        public void close() {
            held.drop();
        }

        /** Returns whether it is closed and the last of its requests has ended. */
        public boolean isUnused() {
            return held.isFree();
        }

        /**
         * Closes it, ends its requests as cancelled, and waits until nothing reads its weights. The caller holds nothing that its
         * {@code unused} waits for.
         */
        public void end() {
            workers.end(held);
        }
    }

    /**
     * Asks for one answer; several answers to one prompt are several requests, which read it once.
     *
     * @param variant of this queue
     * @param prompt {@code [P]} token ids
     * @param settings how long, how tokens are chosen, what ends the answer; {@code samples} is 1; null: no answer, the prompt is read only
     * @param scores what is asked about how likely tokens are
     * @param filter which tokens may come; null: all
     * @param stopIds tokens that end the answer besides those of the model; they are among its tokens, and their text is left out
     */
    @SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
    public record Request(
            Variant variant,
            int[] prompt,
            @Nullable GenerationSettings settings,
            AskedScores scores,
            @Nullable TokenFilter filter,
            int... stopIds) {
        /** Checks ranges. */
        public Request {
            if (prompt.length == 0) {
                throw new InputException("the prompt has no token but needs one at least.");
            }
            if (settings != null && settings.samples() != 1) {
                throw new InputException("samples is " + settings.samples()
                        + " but a request asks for one answer; submit it as often as answers are wanted.");
            }
        }

        /** Asks for an answer without log-probabilities, of any tokens. */
        public Request(Variant variant, int[] prompt, GenerationSettings settings) {
            this(variant, prompt, settings, AskedScores.NOTHING, null);
        }

        /** Asks for no answer: the prompt is read, and what is asked about its tokens is returned. */
        public static Request reading(Variant variant, int[] prompt, AskedScores scores) {
            return new Request(variant, prompt, null, scores, null);
        }
    }

    /**
     * Hears of one answer, one call at a time; nothing comes after {@link #ended} or {@link #failed}. One that throws ends its answer and hears
     * nothing more; others are not harmed.
     */
    public interface Listener {
        /** Hears of tokens whose text is certain. */
        default void piece(Piece piece) {}

        /** Hears that the answer is over. */
        void ended(Ended answer);

        /** Hears that there will be no answer: the model gives NaN, a filter threw or allowed nothing, or the queue failed. */
        void failed(RuntimeException why);
    }

    /** An answer that is waited for. */
    public interface Answering {
        /** Ends the answer; the listener hears {@link EndReason#CANCELLED} with what there is. Does nothing where it is over. */
        void cancel();
    }

    /**
     * Holds a piece of an answer.
     *
     * @param text that is now certain; may be empty, as where a token's text could still become a stop text
     * @param tokens that came since the last piece; their text may come with a later one
     */
    public record Piece(String text, List<Token> tokens) {}

    /**
     * Holds a token of an answer.
     *
     * @param scores null where the request asked for none
     */
    public record Token(int id, @Nullable Scores scores) {}

    /**
     * Says how likely the model found a token, at temperature 1 and without a filter.
     *
     * @param logProb in nats
     * @param alternatives the likeliest tokens, as many as were asked for, likeliest first
     */
    public record Scores(double logProb, List<Alternative> alternatives) {}

    /**
     * Holds a token that might have come.
     *
     * @param logProb in nats
     */
    public record Alternative(int id, double logProb) {}

    /** Why an answer has no more tokens. */
    public enum EndReason {
        /** The model's own token for the end came. */
        END,
        /** A stop text or a stop token came. */
        STOP,
        /** The answer has as many tokens as it may have. */
        LENGTH,
        /** Somebody cancelled the answer, or closed the queue. */
        CANCELLED,
        /** The answer's listener left pieces waiting too long. */
        STALLED
    }

    /**
     * Holds an answer that is over.
     *
     * @param text without special tokens, cut before a stop text; null where the model has no tokenizer
     * @param tokens all of them, the one that ended it included
     * @param stop the stop text that ended it; null: none did
     * @param prompt what was asked of the prompt's tokens
     */
    public record Ended(
            @Nullable String text,
            List<Token> tokens,
            EndReason reason,
            @Nullable String stop,
            PromptScores prompt,
            Usage usage) {
        /** Returns {@code [C]} the ids of the tokens. */
        public int[] ids() {
            return tokens.stream().mapToInt(Token::id).toArray();
        }
    }

    /**
     * Counts what an answer took.
     *
     * @param promptTokens read
     * @param reusedTokens of them whose keys and values were there already
     * @param answerTokens the one that ended it included
     */
    public record Usage(int promptTokens, int reusedTokens, int answerTokens) {}

    /**
     * Says how much a queue has to do.
     *
     * @param waiting requests without a place
     * @param running answers that are made
     * @param cacheBytes keys and values that are held
     */
    public record Load(int waiting, int running, long cacheBytes) {}

    /**
     * Counts drafts: where the end of an answer stood earlier in its text, a pass reads what followed there along with the token that is due.
     *
     * @param read tokens of drafts
     * @param kept those that the model chose itself, which cost no pass of their own
     */
    public record Drafts(long read, long kept) {}

    /** Refuses a request because as many wait as may. */
    public static final class QueueFull extends RuntimeException {
        private static final long serialVersionUID = 1L;

        QueueFull(int waiting) {
            super(waiting + " requests wait already, as many as may; ask again in a moment.");
        }
    }
}
