package org.align4j.core.train.options;

/**
 * How the weights move, the learning rate of {@link OptimizerOptions} settled.
 *
 * @param learningRate the peak
 * @param update everything else
 */
public record OptimizerPlan(double learningRate, UpdateOptions update) {

    /**
     * Returns the learning rate of a step.
     *
     * @param step from 1
     * @param totalSteps steps of the whole run
     */
    public double learningRate(int step, int totalSteps) {
        return learningRate * update.rateFactor(step, totalSteps);
    }

    /** Returns this plan as options: what config.yaml holds. */
    public OptimizerOptions options() {
        return new OptimizerOptions(learningRate, update);
    }
}
