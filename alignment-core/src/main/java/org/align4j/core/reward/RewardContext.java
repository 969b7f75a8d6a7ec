package org.align4j.core.reward;

import java.nio.file.Path;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.pack.TokenBudget;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a run that a reward may use when it scores for it.
 *
 * @param engine where a reward with a model of its own computes; one per process
 * @param dtype the run's compute dtype
 * @param model the policy's model directory, whose tokenizer made the token ids
 * @param vocabulary token ids are below this
 * @param budget tokens in one forward, asked anew each time
 * @param key names the key that a service is asked with: an environment variable or {@code file:PATH}; null for none
 */
public record RewardContext(
        Engine engine,
        Dtype dtype,
        Path model,
        int vocabulary,
        TokenBudget budget,
        @Nullable String key) {

    /** The parts of a run whose rewards are asked without a key. */
    public RewardContext(Engine engine, Dtype dtype, Path model, int vocabulary, TokenBudget budget) {
        this(engine, dtype, model, vocabulary, budget, null);
    }

    /** Returns these parts with the name of a key. */
    public RewardContext withKey(@Nullable String named) {
        return new RewardContext(engine, dtype, model, vocabulary, budget, named);
    }
}
