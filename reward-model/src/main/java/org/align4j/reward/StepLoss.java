package org.align4j.reward;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.autodiff.Logistic;

/**
 * Cross-entropy of steps that are right or wrong (Uesato et al. 2022; Lightman et al. 2023), as token classification with two
 * labels has it: {@code -log σ(z)} for a step that is right and {@code -log σ(-z)} for one that is wrong, z the logit of right less
 * that of wrong; the mean over all steps of the batch.
 */
final class StepLoss {
    private StepLoss() {}

    /**
     * The share of {@code part} in the loss and the gradients of the batch that it belongs to.
     *
     * @param steps how many steps the whole batch has
     */
    public static LossShare evaluate(ScoredSteps part, int steps) {
        double sum = 0;
        double[] perAnswer = new double[part.counts().length];
        List<double[]> gradient = new ArrayList<>();
        int from = 0;
        for (int answer = 0; answer < perAnswer.length; answer++) {
            double[] perStep = new double[part.counts()[answer]];
            double[] own = new double[perStep.length];
            for (int s = 0; s < perStep.length; s++) {
                double sign = part.right()[from + s] ? 1 : -1;
                double margin = sign * part.logOdds()[from + s];
                perStep[s] = -Logistic.logSigmoid(margin);
                own[s] = -sign * Logistic.sigmoid(-margin) / steps;
                sum += perStep[s];
            }
            perAnswer[answer] = Arrays.stream(perStep).average().orElse(0);
            gradient.add(own);
            from += perStep.length;
        }
        return new LossShare(sum / steps, perAnswer, gradient);
    }
}
