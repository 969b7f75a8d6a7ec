package org.align4j.reward;

import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.StepOutcome;
import org.align4j.reward.loss.RewardResult;
import org.align4j.reward.loss.ScoredPairs;

/** The figures of a batch of pairs, gathered part by part. */
final class RewardFigures {
    private final double[] perPair;
    private double loss;
    private int right;
    private int preferences;
    private double margin;
    private double sum;
    private double smallest = Double.POSITIVE_INFINITY;
    private double largest = Double.NEGATIVE_INFINITY;

    RewardFigures(int pairs) {
        perPair = new double[pairs];
    }

    /** Takes a part's share; {@code places} of its pairs in the batch. */
    void add(ScoredPairs part, RewardResult result, int[] places) {
        loss += result.loss();
        right += part.right();
        preferences += part.preferences();
        for (int i = 0; i < places.length; i++) {
            perPair[places[i]] = result.perPair()[i];
            double chosen = part.chosen()[i];
            double rejected = part.rejected()[i];
            margin += part.ties()[i] ? 0 : chosen - rejected;
            sum += chosen + rejected;
            smallest = Math.min(smallest, Math.min(chosen, rejected));
            largest = Math.max(largest, Math.max(chosen, rejected));
        }
    }

    double loss() {
        return loss;
    }

    /** Accuracy and margin are those of the pairs with a better response; a batch of ties has none. */
    StepMetrics metrics() {
        StepMetrics metrics = StepMetrics.EMPTY;
        if (preferences > 0) {
            metrics = metrics.with("accuracy", (double) right / preferences).with("margin", margin / preferences);
        }
        return metrics.with("mean_reward", sum / (2 * perPair.length))
                .with("min_reward", smallest)
                .with("max_reward", largest);
    }

    StepOutcome outcome(long tokens) {
        return new StepOutcome(loss, perPair, metrics(), tokens, 0);
    }
}
