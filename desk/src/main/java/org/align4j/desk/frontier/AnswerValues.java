package org.align4j.desk.frontier;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.eval.ClusteredMean;
import org.align4j.core.figure.ScaledFigure;
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
record AnswerValues(ScaledFigure scores, double @Nullable [] proxies, double[] k1, double[] k3, double[] tokens) {

    /** Keeps some answers. */
    AnswerValues only(int[] kept) {
        double[] judged = proxies;
        return new AnswerValues(
                new ScaledFigure(scores.of(), scores.basis(), pick(scores.values(), kept)),
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
        return Double.isFinite(scores.values()[place]) && (proxies == null || Double.isFinite(proxies[place]));
    }

    /** Returns how far the mean score is above another policy's, by one judge, with its intervals over prompts. */
    ClusteredMean above(AnswerValues other, int[] prompts) {
        return ClusteredMean.of(scores.minus(other.scores).values(), prompts);
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
    ScaledFigure scoresTowards(AnswerValues other, double share) {
        ScaledFigure.requireLike(List.of(scores, other.scores));
        return new ScaledFigure(
                scores.of(),
                scores.basis(),
                IntStream.range(0, scores.values().length)
                        .mapToDouble(place -> (1 - share) * scores.values()[place]
                                + share * other.scores.values()[place])
                        .toArray());
    }
}
