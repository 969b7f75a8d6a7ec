package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.step.DecodingPlan;
import org.align4j.core.generate.step.DecodingStep;
import org.align4j.core.generate.step.KeyValueCache;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.Weights;
import org.align4j.core.model.base.BaseModel;
import org.align4j.core.policy.round.Round;
import org.jspecify.annotations.Nullable;

/**
 * Answers prompts: many at a time, each token read once. A finished answer leaves the batch and a waiting prompt takes its
 * place. What is drawn for an answer depends on the seed, its row and its number alone, so that its text doesn't depend on
 * its batch (beyond the rounding of the scores).
 */
public final class Generator {
    private final BaseModel base;
    private final Decoder decoder;
    private final Weights weights;
    private final AnswerEnds ends;
    private final int maxLength;

    /**
     * @param base the model, for its shape and device
     * @param weights its values: the base itself, or a policy's with what is trained
     * @param ends what ends an answer
     * @param maxLength tokens that prompt and answer may have together
     */
    public Generator(BaseModel base, Weights weights, AnswerEnds ends, int maxLength) {
        this.base = base;
        this.decoder = base.decoder();
        this.weights = weights;
        this.ends = ends;
        this.maxLength = maxLength;
    }

    /** Returns the tokens that prompt and answer may have together. */
    public int maxLength() {
        return maxLength;
    }

    /** Hears of answers as they are made. */
    public interface Listener {
        /** Hears how the steps are computed; called once, before the first. */
        default void prepared(String how) {}

        /** Hears that a piece more of an answer's text is certain; not called where there is no tokenizer. */
        default void text(PromptTokens prompt, int sample, String piece) {}

        /** Hears that an answer is complete. Answers come in the order in which they end. */
        void completed(Completion completion);
    }

    /** Returns the round of forwards that answer a batch of prompts. */
    public Round<PromptBatch, PromptBatch.Answers> answers() {
        return Round.scoring("answers", batch -> {
            List<Completion> all = new ArrayList<>();
            generate(batch, new InputOrder(batch.prompts(), batch.settings().samples(), all::add));
            return new PromptBatch.Answers(all);
        });
    }

    /**
     * Forecasts the bytes that answers made at a time take beside the model.
     *
     * @param answers made at a time, at most
     * @param tokens of the longest prompt and its answer
     */
    public long bytes(int answers, int tokens) {
        // A step may read the matrices from copies.
        return base.heldBytes()
                + slots(answers, tokens) * KeyValueCache.bytesPerPlace(decoder, base.dtype()) * (long) tokens;
    }

    /** Answers every prompt and returns all answers, in the order of the prompts and, for one prompt, of the samples. */
    public List<Completion> generate(List<PromptTokens> prompts, GenerationSettings settings) {
        List<Completion> all = new ArrayList<>();
        generate(prompts, settings, new InputOrder(prompts, settings.samples(), all::add));
        return all;
    }

    /**
     * Answers every prompt and tells a listener of each answer.
     *
     * @throws InputException where a prompt leaves no room for an answer, or stop texts are given and there is no tokenizer
     */
    public void generate(List<PromptTokens> prompts, GenerationSettings settings, Listener listener) {
        PromptBatch.of(prompts, settings, 0).forEach(all -> generate(all, listener));
    }

    private void generate(PromptBatch batch, Listener listener) {
        List<PromptTokens> prompts = batch.prompts();
        GenerationSettings settings = batch.settings();
        require(prompts, settings);
        Deque<Answer> waiting = new ArrayDeque<>();
        int places = 0;
        for (PromptTokens prompt : prompts) {
            int limit = Math.min(maxLength - prompt.prompt().length, settings.maxNewTokens());
            places = Math.max(places, prompt.prompt().length + limit);
            for (int sample = 0; sample < settings.samples(); sample++) {
                waiting.add(new Answer(prompt, sample, limit, settings.seed(), ends.text(settings.stop())));
            }
        }
        try (Batch all = new Batch(batch, listener, waiting, places)) {
            all.run();
        }
    }

    /**
     * Refuses prompts and settings that no answer can be made by, before any is.
     *
     * @throws InputException where a prompt leaves no room for an answer, or stop texts are given and there is no tokenizer
     */
    public void require(List<PromptTokens> prompts, GenerationSettings settings) {
        ends.text(settings.stop());
        for (PromptTokens prompt : prompts) {
            if (prompt.prompt().length >= maxLength) {
                throw new InputException("row " + prompt.row() + " has " + prompt.prompt().length
                        + " prompt tokens, which leaves no room for an answer; max-length is " + maxLength + ".");
            }
        }
    }

    /** Returns the steps that the answers take if none ends before its limit. */
    private static int steps(Deque<Answer> waiting, int slots) {
        long tokens = waiting.stream().mapToLong(Answer::limit).sum();
        return (int) Math.min(Integer.MAX_VALUE, tokens / slots);
    }

    private int slots(int answers, int places) {
        long bytes = KeyValueCache.bytesPerPlace(decoder, base.dtype()) * places;
        return Math.min(answers, base.engine().profile().answers(bytes, base.heldBytes()));
    }

    /** The answers of one call; the first slots of the cache belong to {@code live}, in order. */
    private final class Batch implements AutoCloseable {
        private final GenerationSettings settings;
        private final Listener listener;
        private final Deque<Answer> waiting;
        private final List<Answer> live = new ArrayList<>();
        private final int slots;
        private final KeyValueCache cache;
        private final DecodingStep decodingStep;

        Batch(PromptBatch asked, Listener listener, Deque<Answer> waiting, int places) {
            this.settings = asked.settings();
            this.listener = listener;
            this.waiting = waiting;
            this.slots = slots(waiting.size(), places);
            Scope kept = base.engine().open();
            NDArray like = weights.value(kept, decoder.embedding());
            this.cache = new KeyValueCache(kept, decoder, base.dtype(), like, slots, places);
            this.decodingStep = DecodingStep.of(
                    kept, base, weights, cache, new DecodingPlan(steps(waiting, slots), asked.memory()));
            listener.prepared(decodingStep.describe());
        }

        void run() {
            while (!waiting.isEmpty() || !live.isEmpty()) {
                while (live.size() < slots && !waiting.isEmpty()) {
                    admit();
                }
                step();
            }
        }

        /** Reads the prompts of the next waiting answers and gives each its first token. */
        private void admit() {
            Admission admission = Admission.next(
                    waiting,
                    live.size(),
                    slots - live.size(),
                    base.engine().profile().promptTokens());
            int from = live.size();
            live.addAll(admission.answers());
            try (Scope scope = base.engine().open()) {
                PassContext pass =
                        new PassContext(weights, cache.prefill(scope, admission.batch(), admission.targets()), null);
                NDArray ids = scope.longs(Admission.widen(admission.batch().ids()));
                NDArray hidden = decoder.hidden(scope, ids, pass);
                NDArray last = DecoderKernels.gatherRows(scope, hidden, scope.longs(admission.lastRows()));
                NDArray logits = decoder.logits(scope, last, weights);
                take(from, scope, logits, admission.logitsRows());
            }
            leave(from);
        }

        /** Answers that the next step makes long wait to be read again: all their positions change (longrope). */
        private void leaveAtBoundary() {
            int boundary = decoder.lengthBoundary();
            for (int slot = live.size() - 1; boundary > 0 && slot >= 0; slot--) {
                if (live.get(slot).place() == boundary) {
                    waiting.addFirst(live.get(slot));
                    vacate(slot);
                }
            }
        }

        /** One more token for every answer. */
        private void step() {
            leaveAtBoundary();
            int[] tokens = live.stream().mapToInt(Answer::lastToken).toArray();
            int[] places = live.stream().mapToInt(Answer::place).toArray();
            if (tokens.length == 0) {
                return;
            }
            try (Scope scope = base.engine().open()) {
                NDArray hidden = decodingStep.hidden(scope, tokens, places);
                take(0, scope, decodingStep.logits(scope, hidden), null);
            }
            leave(0);
        }

        /** Chooses the next token of the answers from {@code from} on. */
        private void take(int from, Scope scope, NDArray logits, int @Nullable [] rows) {
            List<SplittableRandom> randoms =
                    live.subList(from, live.size()).stream().map(Answer::random).toList();
            int[] chosen = settings.sampling().choose(scope, logits, rows, randoms);
            for (int i = from; i < live.size(); i++) {
                Answer answer = live.get(i);
                int id = chosen[i - from];
                String piece = answer.add(id, !settings.ignoreEos() && ends.at(id));
                if (!piece.isEmpty()) {
                    listener.text(answer.prompt(), answer.sample(), piece);
                }
            }
        }

        /** Takes out the answers that are over; the last ones move into their slots. */
        private void leave(int from) {
            live.subList(from, live.size()).stream()
                    .filter(Answer::isOver)
                    .forEach(answer -> listener.completed(answer.completion()));
            for (int slot = live.size() - 1; slot >= from; slot--) {
                if (live.get(slot).isOver()) {
                    vacate(slot);
                }
            }
        }

        /** The last answer moves into a slot that another leaves. */
        private void vacate(int slot) {
            Answer last = live.remove(live.size() - 1);
            if (slot < live.size()) {
                live.set(slot, last);
                cache.move(live.size(), slot, last.place());
            }
        }

        @Override
        public void close() {
            cache.close();
        }
    }
}
