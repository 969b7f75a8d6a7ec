package org.align4j.ppo.reward;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import java.util.Locale;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.Completion;
import org.align4j.core.pattern.UserPattern;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;
import org.jspecify.annotations.Nullable;

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
        if (given.equals(NAME)) {
            return new Comparison(null);
        }
        UserPattern pattern = UserPattern.acrossLines("reward " + NAME, given.substring(NAME.length() + 1));
        if (pattern.groups() < 1) {
            throw new InputException(
                    format("reward is %s, whose pattern has no group; put what is compared in parentheses.", given));
        }
        return new Comparison(pattern);
    }

    /** @param pattern whose last match is compared; null for the whole response */
    private record Comparison(@Nullable UserPattern pattern) implements TextReward {
        @Override
        public double score(Completion response, String text) {
            return equal(pattern == null ? text : last(pattern, text), answer(response.prompt()));
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

    private static @Nullable String last(UserPattern pattern, String text) {
        return RegexReward.<@Nullable String>search(() -> pattern.lastGroup(text));
    }

    private static double equal(@Nullable String said, String right) {
        return said != null && normal(said).equals(normal(right)) ? 1 : 0;
    }

    private static String normal(String text) {
        return text.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
    }
}
