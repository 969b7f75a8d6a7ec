package org.align4j.core.train.options;

/**
 * What the loop must know of a run's options, every auto settled.
 *
 * @param length how long the run is
 * @param optimizer how the weights move
 * @param keeping what is kept on the way
 * @param seed of the order of rows and of each step's random numbers
 */
public record TrainingPlan(LengthPlan length, OptimizerPlan optimizer, KeepingOptions keeping, long seed) {}
