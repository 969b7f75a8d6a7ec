package org.align4j.ppo.rollout;

import java.util.Locale;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.InputException;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;
import org.jspecify.annotations.Nullable;

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
    public void requireNew(String given, @Nullable String key) {
        String is = "reward is " + AddressSecrets.ofAddress(given);
        if (AddressSecrets.hasUser(given)) {
            throw new InputException(is
                    + ", which holds a user or a password; leave them out and give the key as reward-key: the name of an environment"
                    + " variable, or file:PATH.");
        }
        String parameter = AddressSecrets.parameter(given);
        if (parameter != null) {
            throw new InputException(is + ", whose " + parameter
                    + " may be a secret, and addresses are written into the run; leave it out and give the key as reward-key: the"
                    + " name of an environment variable, or file:PATH.");
        }
        ScoreService.of(given, key);
    }

    @Override
    public boolean takesKey() {
        return true;
    }

    @Override
    public RewardFunction open(String given, RewardContext context) {
        return ScoreService.of(given, context.key());
    }
}
