package org.align4j.ppo;

import java.util.List;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardFunction;

/** As {@link Vowels}, but beside itself over one prompt: its scores for that are finite, what follows from them is not. */
public final class Excited implements RewardFunction {
    /** The prompt. */
    static final String PROMPT = "abcd3";

    @Override
    public double[] scores(List<Completion> responses) {
        double[] scores = new Vowels().scores(responses);
        for (int i = 0; i < scores.length; i++) {
            if (PROMPT.equals(responses.get(i).prompt().text())) {
                scores[i] = i % 2 == 0 ? 1e300 : -1e300;
            }
        }
        return scores;
    }
}
