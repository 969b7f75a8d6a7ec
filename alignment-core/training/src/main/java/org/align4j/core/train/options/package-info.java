/**
 * The options of a training run: {@link org.align4j.core.train.options.LengthOptions how long},
 * {@link org.align4j.core.train.options.OptimizerOptions how the weights move},
 * {@link org.align4j.core.train.options.CheckpointOptions what is kept},
 * {@link org.align4j.core.train.options.WatchingOptions who follows}; valid the moment they exist. {@link
 * org.align4j.core.train.options.TrainingPlan} is what they become once no auto is left. They know no tensor.
 */
@NullMarked
package org.align4j.core.train.options;

import org.jspecify.annotations.NullMarked;
