package org.align4j.core.train.options;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.core.train.options.TrainingPlan.OptimizerPlan;
import org.jspecify.annotations.Nullable;

/**
 * How the weights move: AdamW under a schedule, gradients clipped by their global norm. A group of options.
 *
 * @param update everything else
 */
@Heading("Optimizer")
public record OptimizerOptions(
        @Option(
                help =
                        "The peak learning rate; a larger one learns faster and may diverge; auto is the method's default, times 4096 / width (up to 32) for narrower models.",
                unset = "auto")
        @Nullable
        Double learningRate,

        UpdateOptions update) {

    /** Checks the rate's range. */
    public OptimizerOptions {
        if (learningRate != null && !(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)) {
            throw new InputException(
                    format("learning-rate is %s but must be positive; 1e-6 to 1e-3 is usual.", learningRate));
        }
    }

    /**
     * Settles the learning rate.
     *
     * @param usual the rate where the options don't say
     */
    public OptimizerPlan plan(double usual) {
        return new OptimizerPlan(learningRate == null ? usual : learningRate, update);
    }
}
