package org.align4j.core.generate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.machine.Memory;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Weights;
import org.align4j.core.policy.Round;

/**
 * Answers prompts: many at a time, each token read once. A finished answer leaves the batch and a waiting prompt takes its
 * place. What is drawn for an answer depends on the seed, its row and its number alone, so that its text doesn't depend on
 * its batch (beyond the rounding of the scores).
 */
public final class Generator {
    /** Fewest answers that a thread of its own is worth. */
    private static final int LEAST_ANSWERS = 2;

    /** Most threads that make answers side by side: each of them reads all weights. */
    private static final int MOST_THREADS = 4;

    /**
     * Bytes of a layer up to which threads side by side are faster: each of them reads all weights, and what is too small to be shared out
     * takes as long for every width.
     */
    private static final long MOST_OF_LAYER = 16L << 20;

    private final BaseModel given;
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
        this.given = base;
        this.base = base.asStored();
        this.decoder = base.decoder();
        this.weights = weights;
        this.ends = ends;
        this.maxLength = maxLength;
    }

    /** Returns the tokens that prompt and answer may have together. */
    public int maxLength() {
        return maxLength;
    }

    /** Returns the model that answers, whose products have the dtype of its weights: steps have few rows. */
    BaseModel base() {
        return base;
    }

    /** Returns what ends an answer. */
    AnswerEnds ends() {
        return ends;
    }

    /** Listens to answers while they are generated. */
    public interface Listener {
        /** Hears how the steps are computed; called once, before the first. */
        default void prepared(String how) {}

        /** Hears that a piece more of an answer's text is certain; not called where there is no tokenizer. */
        default void text(PromptTokens prompt, int sample, String piece) {}

        /** Returns whether {@link #logProbs} is to be called, which computes more in each step. */
        default boolean asksLogProbs() {
            return false;
        }

        /**
         * Hears, before an answer is complete, how likely its tokens were as they were drawn; called where {@link #asksLogProbs} says so.
         *
         * @param logProbs {@code [C]} in nats, at temperature 1 and among all tokens
         */
        default void logProbs(PromptTokens prompt, int sample, float[] logProbs) {}

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
     * Forecasts the bytes that answers made at a time take besides the model.
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
     * Answers every prompt and reports each answer to a listener, one thread at a time.
     *
     * @throws InputException where a prompt leaves no room for an answer, or stop texts are given and there is no tokenizer
     */
    public void generate(List<PromptTokens> prompts, GenerationSettings settings, Listener listener) {
        PromptBatch.of(prompts, settings, 0).forEach(all -> generate(all, listener));
    }

    private void generate(PromptBatch asked, Listener listener) {
        List<PromptTokens> prompts = asked.prompts();
        GenerationSettings settings = asked.settings();
        require(prompts, settings);
        if (prompts.isEmpty()) {
            return;
        }
        int places = prompts.stream()
                .mapToInt(prompt -> prompt.prompt().length + limit(prompt, settings))
                .max()
                .orElseThrow();
        int slots = slots(prompts.size() * settings.samples(), places);
        try (Scope scope = base.engine().open()) {
            DecodingPlan plan = new DecodingPlan(steps(prompts, settings, slots), asked.memory());
            Weights stored = given.asStored(scope, weights);
            DecodingStep step = DecodingStep.of(scope, base, stored, plan);
            int count = workers(step, slots);
            listener.prepared(step.describe() + (count == 1 ? "" : ", " + count + " threads side by side"));
            Engine engine = count == 1 ? base.engine() : Engine.on(base.engine().device(), 1);
            AnswerBatch.Job job = new AnswerBatch.Job(
                    base, stored, ends, step, settings, ends.rules(settings.sampling()), new OneAtATime(listener));
            DecodeWorkers<Answer> workers = DecodeWorkers.distribute(
                    prompts,
                    settings.samples(),
                    count,
                    (prompt, sample) -> new Answer(
                            prompt, sample, limit(prompt, settings), settings.seed(), ends.text(settings.stop())));
            workers.run(waiting -> {
                try (AnswerBatch batch = new AnswerBatch(job, engine, waiting, (slots + count - 1) / count, places)) {
                    batch.run(workers);
                }
            });
        }
    }

    /**
     * Refuses prompts and settings that no answer can be made by, before any is.
     *
     * @throws InputException where a prompt leaves no room for an answer, texts are given and there is no tokenizer, or a bias is of a token
     *     that isn't there
     */
    public void require(List<PromptTokens> prompts, GenerationSettings settings) {
        ends.text(settings.stop());
        ends.rules(settings.sampling()).requireWithin(decoder.vocabulary());
        for (PromptTokens prompt : prompts) {
            if (prompt.prompt().length >= maxLength) {
                throw new InputException("row " + prompt.row() + " has " + prompt.prompt().length
                        + " prompt tokens, which leaves no room for an answer; max-length is " + maxLength + ".");
            }
        }
    }

    /** Returns how many tokens the answer to a prompt may have. */
    private int limit(PromptTokens prompt, GenerationSettings settings) {
        return Math.min(maxLength - prompt.prompt().length, settings.maxNewTokens());
    }

    /** Returns the steps that the answers take if none ends before its limit. */
    private int steps(List<PromptTokens> prompts, GenerationSettings settings, int slots) {
        long tokens = settings.samples()
                * prompts.stream().mapToLong(prompt -> limit(prompt, settings)).sum();
        return (int) Math.min(Integer.MAX_VALUE, tokens / slots);
    }

    private int slots(int answers, int places) {
        long bytes = KeyValueCache.bytesPerPlace(decoder, base.dtype()) * places;
        return Math.min(answers, base.engine().profile().answers(bytes, base.heldBytes()));
    }

    /** Returns how many threads make answers side by side; one: all threads are in every kernel. */
    private int workers(DecodingStep step, int slots) {
        return isFasterSideBySide(base, step.isJoined())
                ? Math.max(1, Math.min(base.engine().threads(), slots / LEAST_ANSWERS))
                : 1;
    }

    /**
     * Returns whether answers are made faster by threads side by side, each with kernels of one thread.
     *
     * @param joined whether one kernel runs all layers of a step
     */
    static boolean isFasterSideBySide(BaseModel base, boolean joined) {
        Engine engine = base.engine();
        return engine.profile().takesSideBySide()
                && engine.threads() <= MOST_THREADS
                && joined
                && base.decoder().layers().stream().allMatch(layer -> bytes(base, layer) <= MOST_OF_LAYER);
    }

    private static long bytes(BaseModel base, DecoderLayer layer) {
        return layer.parameters().mapToLong(Parameter::elements).sum()
                * base.dtype().bytes();
    }

    /** A listener that hears of several threads' answers one after the other. */
    private record OneAtATime(Listener listener) implements Listener {
        @Override
        public synchronized void text(PromptTokens prompt, int sample, String piece) {
            listener.text(prompt, sample, piece);
        }

        @Override
        public boolean asksLogProbs() {
            return listener.asksLogProbs();
        }

        @Override
        public synchronized void logProbs(PromptTokens prompt, int sample, float[] logProbs) {
            listener.logProbs(prompt, sample, logProbs);
        }

        @Override
        public synchronized void completed(Completion completion) {
            listener.completed(completion);
        }
    }

    /**
     * Prompts that are answered together, as data alone. Their answers don't depend on other batches, not even by rounding, so that they are
     * the same wherever they are made.
     *
     * @param prompts in the order of their answers
     * @param settings of all answers
     * @param memory bytes that a process may use on the machine that cut the batches, which may decide how scores are rounded
     */
    public record PromptBatch(List<PromptTokens> prompts, GenerationSettings settings, long memory)
            implements Serializable {
        public PromptBatch {
            prompts = List.copyOf(prompts);
        }

        /** What a batch is answered, in the order of the prompts and, for one prompt, of the samples. */
        public record Answers(List<Completion> completions) implements Serializable {}

        /**
         * Cuts prompts into batches, in their order.
         *
         * @param answers in a batch at most, but all answers to one prompt are in one; 0: a single batch
         */
        public static List<PromptBatch> of(List<PromptTokens> prompts, GenerationSettings settings, int answers) {
            int together = answers == 0 ? Math.max(1, prompts.size()) : Math.max(1, answers / settings.samples());
            long memory = Memory.current().limit();
            List<PromptBatch> batches = new ArrayList<>();
            for (int from = 0; from < prompts.size(); from += together) {
                batches.add(new PromptBatch(
                        prompts.subList(from, Math.min(prompts.size(), from + together)), settings, memory));
            }
            return batches;
        }
    }
}
