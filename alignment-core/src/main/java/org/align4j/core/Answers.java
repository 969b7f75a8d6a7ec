package org.align4j.core;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;
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
        return answers(List.of(prompt), settings).get(0);
    }

    List<String> answers(List<List<Message>> prompts, GenerationSettings settings) {
        return made(
                prompts.stream()
                        .map(prompt -> text.get().encodePrompt(prompt, null))
                        .toList(),
                settings);
    }

    String complete(String prompt, GenerationSettings settings) {
        return made(List.of(text.get().encodePrompt(prompt)), settings).get(0);
    }

    private List<String> made(List<int[]> prompts, GenerationSettings settings) {
        List<PromptTokens> asked = IntStream.range(0, prompts.size())
                .mapToObj(row -> new PromptTokens(row, prompts.get(row), null))
                .toList();
        return generator.get().generate(asked, settings).stream()
                .map(completion -> Objects.requireNonNull(completion.text()))
                .toList();
    }

    double[] logProbs(List<Message> prompt, String answer) {
        PromptCompletion whole = text.get().encode(prompt, List.of(Message.of("assistant", answer)), null);
        PackedBatch batch = PackedBatch.of(List.of(TokenTree.of(whole.prompt(), whole.completion())));
        return policy.score(batch).logProbs(batch.span(0, 0));
    }
}
