package org.align4j.ppo.reward;

import java.util.Locale;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;

/** {@code http://…} and {@code https://…}: a {@link ScoreService}. */
public final class HttpReward implements RewardSource {
    @Override
    public String usage() {
        return "http://…";
    }

    @Override
    public boolean takes(String given) {
        String scheme = given.toLowerCase(Locale.ROOT);
        return scheme.startsWith("http://") || scheme.startsWith("https://");
    }

    @Override
    public RewardFunction open(String given, RewardContext context) {
        return ScoreService.of(given);
    }
}
