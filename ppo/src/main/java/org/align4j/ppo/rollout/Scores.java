package org.align4j.ppo.rollout;

import java.util.List;
import java.util.stream.IntStream;
import org.align4j.ppo.report.RewardNames;

/**
 * The scores that rewards gave to B responses.
 *
 * @param sums {@code [B]} the weighted sum of the rewards, less the penalty, within the bounds: what is learnt from
 * @param names {@code [R]} of the single rewards
 * @param each {@code [R][B]} what each reward gave, before its weight
 */
@SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
public record Scores(double[] sums, List<String> names, double[][] each) {
    public Scores {
        names = List.copyOf(names);
    }

    /** Scores of which nobody knows what made them. */
    public static Scores of(double[] sums) {
        return new Scores(sums, List.of(), new double[0][]);
    }

    static Scores of(double[] sums, List<String> rewards, double[][] each) {
        return new Scores(sums, RewardNames.of(rewards), each);
    }

    /** {@code [R]} what each reward gave one response. */
    public double[] ofResponse(int response) {
        return IntStream.range(0, each.length)
                .mapToDouble(reward -> each[reward][response])
                .toArray();
    }
}
