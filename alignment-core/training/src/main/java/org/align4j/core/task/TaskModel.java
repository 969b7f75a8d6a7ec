package org.align4j.core.task;

import java.util.function.Supplier;
import org.align4j.core.generate.Generator;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.text.TextEncoder;

/**
 * Holds what a task needs of a model.
 *
 * @param policy gives log-probabilities
 * @param text its tokenizer and chat template, loaded when first asked for
 * @param generator writes answers, made when first asked for
 * @param layout how prompts with their choices lie in a forward
 * @param budget tokens in one forward
 * @param maxLength tokens a sequence may have
 */
public record TaskModel(
        Policy policy,
        Supplier<TextEncoder> text,
        Supplier<Generator> generator,
        RowLayout layout,
        TokenBudget budget,
        int maxLength) {}
