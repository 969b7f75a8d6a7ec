package org.align4j.desk.frontier;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.align4j.core.eval.ClusteredMean;
import org.jspecify.annotations.Nullable;

/**
 * What the answers of one policy came to, a value per answer, in one order for all policies that are held against each other.
 *
 * @param scores {@code [B]} of the judge
 * @param proxies {@code [B]} of what training raised; null where that isn't judged
 * @param k1 {@code [B]} estimates of the divergence from the policy before training, nats per answer; 0 for itself
 * @param k3 {@code [B]} those of less variance
 * @param tokens {@code [B]} of the answers
 */
@SuppressWarnings("ArrayRecordComponent")
record AnswerValues(double[] scores, double @Nullable [] proxies, double[] k1, double[] k3, double[] tokens) {

    /** Keeps some answers. */
    AnswerValues only(int[] kept) {
        double[] judged = proxies;
        return new AnswerValues(
                pick(scores, kept),
                judged == null ? null : pick(judged, kept),
                pick(k1, kept),
                pick(k3, kept),
                pick(tokens, kept));
    }

    private static double[] pick(double[] values, int[] kept) {
        return Arrays.stream(kept).mapToDouble(place -> values[place]).toArray();
    }

    /** Whether an answer has all its values. */
    boolean isWhole(int place) {
        return Double.isFinite(scores[place]) && (proxies == null || Double.isFinite(proxies[place]));
    }

    /** Returns the mean of one value less another, an answer each, with its intervals over prompts. */
    static ClusteredMean difference(double[] of, double[] less, int[] prompts) {
        return ClusteredMean.of(
                IntStream.range(0, of.length)
                        .mapToDouble(place -> of[place] - less[place])
                        .toArray(),
                prompts);
    }

    /** Returns each answer's score on the straight line between this policy's and another's. */
    double[] scoresTowards(AnswerValues other, double share) {
        return IntStream.range(0, scores.length)
                .mapToDouble(place -> (1 - share) * scores[place] + share * other.scores[place])
                .toArray();
    }
}
