package org.align4j.ppo;

import java.util.List;
import org.align4j.core.error.MemoryException;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardFunction;

/** As {@link Vowels}, but like a reward model for which there is no memory when it is asked for the second time. */
public final class Cramped implements RewardFunction {
    private int asked;

    @Override
    public double[] scores(List<Completion> responses) {
        asked++;
        if (asked == 2) {
            throw new MemoryException(new IllegalStateException("injected"));
        }
        return new Vowels().scores(responses);
    }

    @Override
    public boolean computesOnEngine() {
        return true;
    }
}
