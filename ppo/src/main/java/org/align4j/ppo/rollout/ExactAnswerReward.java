package org.align4j.ppo.rollout;

import java.util.List;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;
import org.align4j.core.task.TaskSettings.ExactAnswer;

/**
 * {@code exact-answer}: 1 where a response says what the row's {@code answer} says, else 0; case and the amount of white space
 * don't count. {@code exact-answer:PATTERN} compares the first group of the pattern's last match in the response instead, such
 * as {@code exact-answer:####\s*(\S+)}; without a match the score is 0.
 */
public final class ExactAnswerReward implements RewardSource {
    private static final String NAME = "exact-answer";

    @Override
    public String usage() {
        return NAME;
    }

    @Override
    public boolean takes(String given) {
        return given.equals(NAME) || given.startsWith(NAME + ":");
    }

    @Override
    public RewardFunction open(String given, RewardContext context) {
        return new Comparison(
                given.equals(NAME)
                        ? ExactAnswer.WHOLE
                        : ExactAnswer.found("reward " + NAME, given.substring(NAME.length() + 1)));
    }

    private record Comparison(ExactAnswer rule) implements TextReward {
        @Override
        public double score(Completion response, String text) {
            String answer = answer(response.prompt());
            return RegexReward.search(() -> rule.isRight(text, answer)) ? 1 : 0;
        }

        @Override
        public void requirePrompts(List<PromptTokens> prompts) {
            TextReward.super.requirePrompts(prompts);
            prompts.forEach(ExactAnswerReward::answer);
        }
    }

    private static String answer(PromptTokens prompt) {
        String answer = prompt.answer();
        if (answer == null) {
            throw new InputException("reward exact-answer needs an answer in every row, but row "
                    + prompt.row()
                    + " has none; add the column, or name it (columns answer=solution).");
        }
        return answer;
    }
}
