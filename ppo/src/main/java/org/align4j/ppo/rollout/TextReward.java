package org.align4j.ppo.rollout;

import java.util.List;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardFunction;

/** A reward that reads one response's text at a time. */
@FunctionalInterface
interface TextReward extends RewardFunction {
    /** The score of a response. */
    double score(Completion response, String text);

    @Override
    default double[] scores(List<Completion> responses) {
        return responses.stream()
                .mapToDouble(response -> score(response, text(response)))
                .toArray();
    }

    @Override
    default void requirePrompts(List<PromptTokens> prompts) {
        requireTexts(prompts);
    }

    /** Refuses prompts of a model that makes no texts. */
    static void requireTexts(List<PromptTokens> prompts) {
        if (prompts.stream().anyMatch(prompt -> prompt.text() == null)) {
            throw wordless();
        }
    }

    /** The text of a response. */
    static String text(Completion response) {
        String text = response.text();
        if (text == null) {
            throw wordless();
        }
        return text;
    }

    private static InputException wordless() {
        return new InputException(
                "the reward reads text but the model has no tokenizer; add tokenizer.json, or use reward length.");
    }
}
