package org.align4j.ppo;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardFunction;

/** As {@link Vowels}, until it is asked for the third time in a mood. */
public final class Moody implements RewardFunction {
    /** What is wrong with it. */
    enum Mood {
        FINE,
        THROWS,
        NOT_A_NUMBER,
        TOO_FEW
    }

    private static Mood mood = Mood.FINE;
    private static int asked;

    /** Begins to count anew. */
    static void become(Mood next) {
        mood = next;
        asked = 0;
    }

    @Override
    public double[] scores(List<Completion> responses) {
        double[] scores = new Vowels().scores(responses);
        asked++;
        if (asked < 3) {
            return scores;
        }
        return switch (mood) {
            case FINE -> scores;
            case THROWS -> throw new IllegalStateException("no pencil");
            case NOT_A_NUMBER -> {
                scores[2] = Double.NaN;
                yield scores;
            }
            case TOO_FEW -> Arrays.copyOf(scores, 5);
        };
    }
}
