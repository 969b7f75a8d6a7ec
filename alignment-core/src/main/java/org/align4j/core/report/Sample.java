package org.align4j.core.report;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One prompt answered before and after a run, by the same settings. One entry of {@code samples.json}.
 *
 * @param row the prompt's row in the input, 0-based
 * @param prompt the prompt as a person reads it
 * @param before the starting model's answer
 * @param after the trained model's answer, null where the run ended before it
 * @param chosen the answer the data prefers, null where rows carry none
 * @param rejected the answer the data likes less, null where rows carry none
 */
public record Sample(
        int row,
        String prompt,
        String before,
        @Nullable String after,
        @Nullable String chosen,
        @Nullable String rejected) {
    public Sample {
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(before, "before");
    }
}
