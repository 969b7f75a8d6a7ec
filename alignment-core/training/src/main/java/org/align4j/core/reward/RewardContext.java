package org.align4j.core.reward;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.pack.TokenBudget;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a run that a reward may use when it scores for it.
 *
 * @param engine where a reward with a model of its own computes; one per process
 * @param precision in what the run stores and multiplies frozen weights
 * @param model the policy's model directory, whose tokenizer made the token ids
 * @param vocabulary token ids are below this
 * @param budget tokens in one forward, asked again each time
 * @param terms how what lies outside of the process is asked
 */
public record RewardContext(
        Engine engine, Precision precision, Path model, int vocabulary, TokenBudget budget, Terms terms) {

    /**
     * How a reward asks what lies outside of the process, such as a service or a program.
     *
     * @param key names the key that a service is asked with: an environment variable or {@code file:PATH}; null for none
     * @param timeout the longest wait for the scores of a step
     * @param notes takes a sentence for whoever follows the run
     * @param judgeRubric by which a judge scores; null for none
     * @param judgeKey names the key that a judge is asked with
     */
    public record Terms(
            @Nullable String key,
            Duration timeout,
            Consumer<String> notes,
            @Nullable Path judgeRubric,
            String judgeKey) {
        /** No key, half a minute, and the usual key of a judge. */
        public static final Terms USUAL = new Terms(null, Duration.ofSeconds(30), note -> {}, null, "OPENAI_API_KEY");
    }

    /** The parts of a run whose rewards are asked as is usual. */
    public RewardContext(Engine engine, Precision precision, Path model, int vocabulary, TokenBudget budget) {
        this(engine, precision, model, vocabulary, budget, Terms.USUAL);
    }

    /** Returns these parts with other terms. */
    public RewardContext with(Terms other) {
        return new RewardContext(engine, precision, model, vocabulary, budget, other);
    }

    /** Returns the name of the key that a service is asked with: an environment variable or {@code file:PATH}; null for none. */
    public @Nullable String key() {
        return terms.key;
    }
}
