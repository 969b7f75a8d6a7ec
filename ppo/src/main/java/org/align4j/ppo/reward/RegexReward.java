package org.align4j.ppo.reward;

import static org.align4j.core.error.RootFormat.format;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.align4j.core.error.InputException;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;

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
        Pattern pattern = compile(given.substring(PREFIX.length()));
        TextReward reward = (response, text) -> pattern.matcher(text).find() ? 1 : 0;
        return reward;
    }

    static Pattern compile(String pattern) {
        try {
            return Pattern.compile(pattern, Pattern.DOTALL);
        } catch (PatternSyntaxException e) {
            throw new InputException(format(
                    "reward has the pattern \"%s\", which is no regular expression: %s.", pattern, e.getDescription()));
        }
    }
}
