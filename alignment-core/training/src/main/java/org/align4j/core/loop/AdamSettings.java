package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.align4j.core.optimizer.OptimizerStep;

/**
 * The numbers of one step of AdamW, which may differ from step to step. Moments that earlier steps left are gone on with; the correction
 * of their bias counts this step's coefficients from the first step, as torch does.
 *
 * @param learningRate 0 or more
 * @param beta1 share of the first moment that is kept, from 0 to below 1
 * @param beta2 share of the second moment that is kept, from 0 to below 1
 * @param epsilon added to the root of the second moment; above 0
 * @param weightDecay what weights lose with a rate of 1, decoupled from the gradient; 0 or more
 * @param clipNorm L2 norm to which a larger gradient is scaled down before the step; 0: it is taken as it is
 */
public record AdamSettings(
        double learningRate, double beta1, double beta2, double epsilon, double weightDecay, double clipNorm) {
    /** Checks ranges. */
    public AdamSettings {
        require("learning rate", learningRate, learningRate >= 0, "0 or more");
        require("beta1", beta1, beta1 >= 0 && beta1 < 1, "from 0 to below 1; 0.9 is usual");
        require("beta2", beta2, beta2 >= 0 && beta2 < 1, "from 0 to below 1; 0.999 is usual");
        require("epsilon", epsilon, epsilon > 0, "above 0; 1e-8 is usual");
        require("weight decay", weightDecay, weightDecay >= 0, "0 or more; 0 is none");
        require("clip norm", clipNorm, clipNorm >= 0, "0 or more; 0 clips nothing");
    }

    private static void require(String name, double value, boolean holds, String required) {
        if (!holds || !(value < Double.POSITIVE_INFINITY)) {
            throw new InputException(format("The %s is %s but must be %s.", name, value, required));
        }
    }

    /** Returns what the training commands take where nothing is said, with a learning rate. */
    public static AdamSettings usual(double learningRate) {
        return new AdamSettings(learningRate, 0.9, 0.999, 1e-8, 0, 1);
    }

    /** Returns what gradients are multiplied by before the step. */
    public double gradientScale(double gradientNorm) {
        return clipNorm == 0 ? 1 : OptimizerStep.clip(clipNorm, gradientNorm);
    }
}
