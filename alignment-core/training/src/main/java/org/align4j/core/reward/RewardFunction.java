package org.align4j.core.reward;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;

/**
 * Scores responses; more is better. A class with a public constructor without parameters is a reward by its name,
 * {@code --reward com.example.Politeness}; it is found by {@link java.util.ServiceLoader}, or on the class path
 * (ALIGN4J_CLASSPATH adds to it). A function may score a batch as it likes, but the score of a response should depend on that
 * response and its prompt alone.
 */
public interface RewardFunction extends AutoCloseable {
    /**
     * Scores each response, in order; each finite. What it throws ends the step before anything is applied, with the rows
     * named.
     *
     * @param responses prompts and responses: token ids as the policy read and made them and, where the model has a tokenizer,
     *     their texts; a text ends before its stop text and has no special tokens. A prompt has the other fields of its row
     *     ({@code response.prompt().fields()}), such as a right answer or tests, as values of JSON under the keys of the file
     */
    double[] scores(List<Completion> responses);

    /** Scores each response like {@link #scores}, and says what the scores were made of. */
    default Scored scored(List<Completion> responses) {
        return new Scored(scores(responses), Map.of());
    }

    /**
     * The scores of responses and what they were made of, such as those of single criteria, which the run's metrics have the means of.
     *
     * @param scores {@code [B]} in the order of the responses
     * @param parts {@code [B]} each, by names
     */
    @SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
    record Scored(double[] scores, Map<String, double[]> parts) {
        /** Takes a copy of the map. */
        public Scored {
            parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
        }
    }

    /**
     * Refuses prompts whose responses it can't score, before any is answered.
     *
     * @param prompts all that will be answered; with texts where the model has a tokenizer
     * @throws org.align4j.core.error.InputException saying what is missing
     */
    default void requirePrompts(List<PromptTokens> prompts) {}

    /**
     * Refuses a run whose responses it can't score, before any is made.
     *
     * @param run the run that it is to score for
     * @throws org.align4j.core.error.InputException saying what doesn't fit
     */
    default void requireRun(RewardContext run) {}

    /**
     * Returns whether the reward runs a model of its own on the engine, which has one thread per process: it is then asked on
     * that thread, and must keep its own time. Any other is asked on a thread of its own, and left when it takes too long.
     */
    default boolean computesOnEngine() {
        return false;
    }

    /**
     * Returns whether the reward ends by itself when it takes longer than it may; any other is left by the run's clock.
     */
    default boolean keepsTime() {
        return computesOnEngine();
    }

    /** Says which run's directory what the reward keeps goes to, before it is asked for the first time. */
    default void keepIn(Path run) {}

    /** Frees what the reward holds. */
    @Override
    default void close() {}
}
