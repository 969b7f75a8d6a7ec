package org.align4j.core.generate;

import com.google.common.hash.Hashing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.generate.AnswerQueue.Answering;
import org.align4j.core.generate.AnswerQueue.EndReason;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.core.generate.AnswerQueue.Token;
import org.align4j.core.generate.AnswerQueue.Usage;
import org.jspecify.annotations.Nullable;

/** Holds one request of a queue while it is answered. Its draws depend on the seed and the position alone. */
final class QueuedAnswer implements Answering {
    private final Request request;
    private final QueueVariant variant;
    private final AnswerEnds ends;
    private final Delivery delivery;
    private final @Nullable AnswerText text;
    private final SplittableRandom random;
    private final int limit;
    private final GenerationSettings settings;
    private final LogitRules rules;
    private final PromptReading reading;
    private final PromptLookup lookup = new PromptLookup();
    private final List<Token> tokens = new ArrayList<>();
    private final List<Token> untold = new ArrayList<>();
    private int[] ids;
    private int count;
    private int reused;
    private boolean anywhere;
    private @Nullable EndReason reason;
    private volatile boolean cancelled;

    /** @param limit tokens that the answer may have */
    QueuedAnswer(Request request, QueueVariant variant, AnswerEnds ends, int limit, Delivery delivery) {
        this.request = request;
        this.variant = variant;
        this.ends = ends;
        this.limit = limit;
        this.delivery = delivery;
        this.settings = request.settings() == null ? GenerationSettings.greedy(1) : request.settings();
        this.reading = new PromptReading(request.prompt(), request.scores());
        this.text = ends.text(settings.stop());
        this.rules = ends.rules(settings.sampling());
        this.ids = request.prompt().clone();
        this.count = ids.length;
        this.random = new SplittableRandom(
                Hashing.murmur3_128().hashLong(settings.seed()).asLong());
    }

    Request request() {
        return request;
    }

    /** Returns how the answer's tokens are chosen. */
    GenerationSettings settings() {
        return settings;
    }

    /** Returns how the scores of its next token change before it is chosen. */
    LogitRules rules() {
        return rules;
    }

    /** Returns what the answer has so far. */
    LogitRules.Written written() {
        return new LogitRules.Written(ids, request.prompt().length, count);
    }

    /** Returns what gathers the scores of the prompt's tokens. */
    PromptReading reading() {
        return reading;
    }

    /** Returns what guesses how its text goes on. */
    PromptLookup lookup() {
        return lookup;
    }

    /** Returns whether its last token has come. */
    boolean isEnded() {
        return reason != null;
    }

    /** Ends the answer where it has no tokens to come, when its prompt was read; says whether it did. */
    boolean endsRead() {
        if (limit == 0 && reason == null) {
            end(EndReason.LENGTH);
        }
        return limit == 0;
    }

    QueueVariant variant() {
        return variant;
    }

    SplittableRandom random() {
        return random;
    }

    /** Returns the tokens of prompt and answer so far; the array may be longer. */
    int[] ids() {
        return ids;
    }

    /** Counts the tokens of prompt and answer so far. */
    int count() {
        return count;
    }

    /** Counts the tokens that prompt and answer may come to have. */
    int most() {
        return request.prompt().length + limit;
    }

    /** Returns whether any thread may make the answer. */
    boolean isAnywhere() {
        return anywhere;
    }

    /** Lets any thread make the answer. */
    void goAnywhere() {
        anywhere = true;
    }

    /** Hears that the keys and values of some more prompt tokens were there already. */
    void reuses(int tokens) {
        reused = Math.min(request.prompt().length, reused + tokens);
    }

    @Override
    public void cancel() {
        cancelled = true;
    }

    /** Ends the answer where it was cancelled, or its listener threw or stalled; says whether it is over. */
    boolean isOver() {
        if (reason == null && (cancelled || delivery.isBroken())) {
            end(EndReason.CANCELLED);
        } else if (reason == null && delivery.hasStalled()) {
            end(EndReason.STALLED);
        }
        return reason != null;
    }

    /** Takes the next token. */
    void take(Token token) {
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, Math.min(most(), 2 * count));
        }
        ids[count++] = token.id();
        tokens.add(token);
        untold.add(token);
        boolean stops = Arrays.stream(request.stopIds()).anyMatch(id -> id == token.id());
        String piece = text == null || stops ? "" : text.add(token.id());
        EndReason now = null;
        if (!settings.ignoreEos() && ends.at(token.id())) {
            now = EndReason.END;
        } else if (stops || (text != null && text.stopped())) {
            now = EndReason.STOP;
        } else if (tokens.size() >= limit) {
            now = EndReason.LENGTH;
        }
        if (now != null && text != null) {
            piece += text.finish();
        }
        tell(piece);
        if (now != null) {
            end(now);
        }
    }

    private void tell(String piece) {
        if (!piece.isEmpty() || text == null) {
            delivery.piece(piece, untold);
            untold.clear();
        }
    }

    private void end(EndReason why) {
        reason = why;
        if (text != null && (why == EndReason.CANCELLED || why == EndReason.STALLED)) {
            tell(text.finish());
        }
        if (!untold.isEmpty()) {
            delivery.piece("", untold);
            untold.clear();
        }
        Ended ended = new Ended(
                text == null ? null : text.text(),
                List.copyOf(tokens),
                why,
                text == null ? null : text.stop(),
                reading.scores(),
                new Usage(request.prompt().length, reused, tokens.size()));
        delivery.end(listener -> listener.ended(ended));
    }

    /** Ends the answer without a result. */
    void fail(RuntimeException why) {
        if (reason == null) {
            reason = EndReason.CANCELLED;
            delivery.end(listener -> listener.failed(why));
        }
    }
}
