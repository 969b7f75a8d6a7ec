package org.align4j.ppo;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardFunction;

/** The opposite of {@link Vowels}: it falls as that rises. */
public final class Consonants implements RewardFunction {
    @Override
    public double[] scores(List<Completion> responses) {
        return Arrays.stream(new Vowels().scores(responses))
                .map(share -> 1 - share)
                .toArray();
    }
}
