package org.align4j.dpo.loss;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Log-probabilities of a batch of B pairs, or of a part of one.
 *
 * @param chosen the chosen responses
 * @param rejected the rejected responses, in the same order
 * @param promptPolicy {@code [B][T]} log-probabilities of the prompts' tokens under the policy, where a loss needs them
 *     (the first token of a sequence has none)
 */
@SuppressWarnings("ArrayRecordComponent")
public record PairBatch(Responses chosen, Responses rejected, double @Nullable [][] promptPolicy) {
    public PairBatch {
        if (chosen.size() != rejected.size() || (promptPolicy != null && promptPolicy.length != chosen.size())) {
            throw new InputException(format(
                    "A batch has %d chosen and %d rejected responses; it needs as many of each.",
                    chosen.size(), rejected.size()));
        }
        if (chosen.size() == 0) {
            throw new InputException("A batch has no pairs; it needs at least one.");
        }
    }

    /** Pairs without their prompts' log-probabilities. */
    public static PairBatch of(Responses chosen, Responses rejected) {
        return new PairBatch(chosen, rejected, null);
    }

    /** Returns this batch with what {@link Trait#NEEDS_PROMPT_TOKENS} asks for, {@code [B][T]}. */
    public PairBatch withPrompts(double[][] values) {
        return new PairBatch(chosen, rejected, values);
    }

    /** How many pairs. */
    public int size() {
        return chosen.size();
    }
}
