package org.align4j.ppo.rollout;

import java.util.List;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;

/** {@code length}: a response's tokens, the one that ended it included. */
public final class LengthReward implements RewardSource, RewardFunction {
    @Override
    public String usage() {
        return "length";
    }

    @Override
    public boolean takes(String given) {
        return given.equals(usage());
    }

    @Override
    public RewardFunction open(String given, RewardContext context) {
        return this;
    }

    @Override
    public double[] scores(List<Completion> responses) {
        return responses.stream().mapToDouble(response -> response.ids().length).toArray();
    }
}
