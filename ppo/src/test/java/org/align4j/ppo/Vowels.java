package org.align4j.ppo;

import java.util.List;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardFunction;

/** Something to learn: the share of vowels among a response's letters and signs. */
public final class Vowels implements RewardFunction {
    @Override
    public double[] scores(List<Completion> responses) {
        return responses.stream()
                .mapToDouble(response -> share(String.valueOf(response.text())))
                .toArray();
    }

    double share(String text) {
        long vowels =
                text.chars().filter(letter -> "aeiou".indexOf(letter) >= 0).count();
        return (double) vowels / Math.max(1, text.length());
    }
}
