package org.align4j.core.report;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One prompt answered before and after a run, by the same settings. One entry of {@code samples.json}.
 *
 * @param row the prompt's row in the input, 0-based
 * @param asked the prompt
 * @param before the starting model's answer
 * @param after the trained model's answer, null where the run ended before it
 * @param chosen the answer the data prefers, null where rows carry none
 * @param rejected the answer the data likes less, null where rows carry none
 * @param likelihoods how likely these answers are, null until training ended, and in runs of earlier versions
 */
public record Sample(
        int row,
        @JsonUnwrapped ShownPrompt asked,
        String before,
        @Nullable String after,
        @Nullable String chosen,
        @Nullable String rejected,
        @Nullable Likelihoods likelihoods) {
    /** The most tokens that an answer of a sample has. */
    public static final int MOST_TOKENS = 64;

    public Sample {
        Objects.requireNonNull(asked, "prompt");
        Objects.requireNonNull(before, "before");
    }

    /** A sample of a prompt in plain text, whose answers nobody has measured yet. */
    public Sample(
            int row,
            String prompt,
            String before,
            @Nullable String after,
            @Nullable String chosen,
            @Nullable String rejected) {
        this(row, new ShownPrompt(prompt, null), before, after, chosen, rejected, null);
    }

    /** Returns this sample with the trained model's answer. */
    public Sample answered(String answer, Likelihoods measured) {
        return new Sample(row, asked, before, answer, chosen, rejected, measured);
    }

    /**
     * The likelihoods of a sample's answers, each null where there is no such answer or its tokens aren't known any more.
     *
     * @param before the starting model's answer
     * @param after the trained model's answer
     * @param chosen the answer the data prefers
     * @param rejected the answer the data likes less
     */
    public record Likelihoods(
            @Nullable Likelihood before,
            @Nullable Likelihood after,
            @Nullable Likelihood chosen,
            @Nullable Likelihood rejected) {}

    /**
     * The log-probabilities of an answer under two models.
     *
     * @param tokens of it
     * @param start its log-probability under the starting model, nats; null where that is gone
     * @param trained its log-probability under the trained model, nats
     */
    public record Likelihood(int tokens, @Nullable Double start, double trained) {}
}
