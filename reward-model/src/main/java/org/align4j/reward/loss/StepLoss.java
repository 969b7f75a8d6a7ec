package org.align4j.reward.loss;

import org.align4j.core.autodiff.Logistic;

/**
 * Cross-entropy of steps that are right or wrong (Uesato et al. 2022; Lightman et al. 2023), as token classification with two
 * labels has it: {@code -log σ(z)} for a step that is right and {@code -log σ(-z)} for one that is wrong, z the logit of right less
 * that of wrong; the mean over all steps of the batch.
 */
public final class StepLoss {
    private StepLoss() {}

    /**
     * The share of {@code part} in the loss and the gradients of the batch that it belongs to.
     *
     * @param steps how many steps the whole batch has
     */
    public static StepResult evaluate(ScoredSteps part, int steps) {
        double[] perStep = new double[part.size()];
        double[] gradient = new double[part.size()];
        double sum = 0;
        for (int s = 0; s < perStep.length; s++) {
            double sign = part.right()[s] ? 1 : -1;
            double margin = sign * part.logOdds()[s];
            perStep[s] = -Logistic.logSigmoid(margin);
            gradient[s] = -sign * Logistic.sigmoid(-margin) / steps;
            sum += perStep[s];
        }
        return new StepResult(sum / steps, perStep, gradient);
    }
}
