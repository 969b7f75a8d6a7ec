package org.align4j.core;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Generator;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Policy;
import org.align4j.core.text.Message;
import org.align4j.core.text.PromptCompletion;
import org.align4j.core.text.TextEncoder;

/**
 * Turns messages into tokens for a model, and its tokens into answers.
 *
 * @param policy the model with what is on it
 * @param generator makes the model's answers
 * @param text the model's tokenizer and chat template, loaded when first asked for
 */
record Answers(Policy policy, Supplier<Generator> generator, Supplier<TextEncoder> text) {
    String answer(List<Message> prompt, GenerationSettings settings) {
        return answer(text.get().encodePrompt(prompt, null), settings);
    }

    String complete(String prompt, GenerationSettings settings) {
        return answer(text.get().encodePrompt(prompt), settings);
    }

    private String answer(int[] prompt, GenerationSettings settings) {
        List<PromptTokens> asked = List.of(new PromptTokens(0, prompt, null));
        return Objects.requireNonNull(
                generator.get().generate(asked, settings).get(0).text());
    }

    double[] logProbs(List<Message> prompt, String answer) {
        PromptCompletion whole = text.get().encode(prompt, List.of(Message.of("assistant", answer)), null);
        PackedBatch batch = PackedBatch.of(List.of(TokenTree.of(whole.prompt(), whole.completion())));
        return policy.score(batch).logProbs(batch.span(0, 0));
    }
}
