package org.align4j.reward.steps;

import java.util.Arrays;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.StepOutcome;
import org.align4j.reward.loss.ScoredSteps;
import org.align4j.reward.loss.StepResult;

/** The figures of the steps of a batch of answers, gathered part by part. */
final class StepFigures {
    private final double[] perAnswer;
    private double loss;
    private int steps;
    private int agreeing;
    private int right;
    private int firstErrorsFound;
    private double sum;
    private double smallest = Double.POSITIVE_INFINITY;
    private double largest = Double.NEGATIVE_INFINITY;

    StepFigures(int answers) {
        perAnswer = new double[answers];
    }

    /** Takes a part's share; {@code places} of its answers in the batch. */
    void add(ScoredSteps part, StepResult result, int[] places) {
        loss += result.loss();
        steps += part.size();
        agreeing += part.agreeing();
        right += part.rightSteps();
        firstErrorsFound += part.firstErrorsFound();
        int from = 0;
        for (int i = 0; i < places.length; i++) {
            int until = from + part.counts()[i];
            perAnswer[places[i]] =
                    Arrays.stream(result.perStep(), from, until).average().orElse(0);
            from = until;
        }
        for (double probability : part.probabilities()) {
            sum += probability;
            smallest = Math.min(smallest, probability);
            largest = Math.max(largest, probability);
        }
    }

    double loss() {
        return loss;
    }

    /** Scores are probabilities of being right; the accuracy to beat is the larger share of the two labels. */
    StepMetrics metrics() {
        return StepMetrics.EMPTY
                .with("step_accuracy", (double) agreeing / steps)
                .with("right_fraction", (double) right / steps)
                .with("first_mistake_accuracy", (double) firstErrorsFound / perAnswer.length)
                .with("mean_reward", sum / steps)
                .with("min_reward", smallest)
                .with("max_reward", largest);
    }

    StepOutcome outcome(long tokens) {
        return new StepOutcome(loss, perAnswer, metrics(), tokens, 0);
    }
}
