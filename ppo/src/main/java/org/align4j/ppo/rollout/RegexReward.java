package org.align4j.ppo.rollout;

import java.util.function.Supplier;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.pattern.UserPattern;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;
import org.jspecify.annotations.Nullable;

/** {@code regex:PATTERN}: 1 where the pattern is found in a response, else 0. */
public final class RegexReward implements RewardSource {
    private static final String PREFIX = "regex:";

    @Override
    public String usage() {
        return PREFIX + "PATTERN";
    }

    @Override
    public boolean takes(String given) {
        return given.startsWith(PREFIX);
    }

    @Override
    public RewardFunction open(String given, RewardContext context) {
        UserPattern pattern = UserPattern.acrossLines("reward regex", given.substring(PREFIX.length()));
        TextReward reward = (response, text) -> search(() -> pattern.isIn(text)) ? 1 : 0;
        return reward;
    }

    /**
     * Searches a response, in the middle of a run.
     *
     * @throws RunException if the search does not come to an end
     */
    static <T extends @Nullable Object> T search(Supplier<T> search) {
        try {
            return search.get();
        } catch (InputException endless) {
            throw new RunException(String.valueOf(endless.getMessage()), endless);
        }
    }
}
