package org.align4j.core.train.options;

import static org.align4j.core.error.RootFormat.format;

/**
 * What the loop must know of a run's options, every auto settled.
 *
 * @param length how long the run is
 * @param optimizer how the weights move
 * @param keeping what is kept on the way
 * @param seed of the order of rows and of each step's random numbers
 */
public record TrainingPlan(LengthPlan length, OptimizerPlan optimizer, CheckpointOptions keeping, long seed) {

    /**
     * How long a run is and what one optimizer step takes, every auto of {@link LengthOptions} settled.
     *
     * @param extent how long
     * @param batchSize pairs, or rows, in one optimizer step
     * @param microBatchTokens tokens in one forward
     * @param shuffle whether each epoch has a seeded order of its own; otherwise the file's
     */
    public record LengthPlan(Extent extent, int batchSize, int microBatchTokens, boolean shuffle) {

        /** Returns this plan as options: what config.yaml holds. */
        public LengthOptions options() {
            return new LengthOptions(
                    extent instanceof Extent.Epochs epochs ? epochs.count() : null,
                    extent instanceof Extent.Steps steps ? steps.count() : null,
                    batchSize,
                    microBatchTokens,
                    shuffle);
        }
    }

    /**
     * How the weights move, the learning rate of {@link OptimizerOptions} settled.
     *
     * @param learningRate the peak
     * @param usualRate what {@code --learning-rate auto} is for this method and model
     * @param update everything else
     */
    public record OptimizerPlan(double learningRate, double usualRate, UpdateOptions update) {

        /**
         * Returns the learning rate of a step.
         *
         * @param step from 1
         * @param totalSteps steps of the whole run
         */
        public double learningRate(int step, int totalSteps) {
            return learningRate * update.rateFactor(step, totalSteps);
        }

        /**
         * Returns the advice for a step that is not finite: to lower a rate, whose peak is named, and the usual one where the peak is above it.
         *
         * @param option whose rate it is, such as {@code learning-rate}
         * @param peak its value
         */
        public String lower(String option, double peak) {
            String usual = peak > usualRate ? format("; %.3g is usual", usualRate) : "";
            return format("Maybe lower %s (%.3g%s).", option, peak, usual);
        }

        /** Returns this plan as options: what config.yaml holds. */
        public OptimizerOptions options() {
            return new OptimizerOptions(learningRate, update);
        }
    }
}
