/**
 * The run directory: what a training run leaves on disk, so that it survives a kill at any moment. Start at
 * {@link org.align4j.core.run.RunDirectory}; {@link org.align4j.core.run.Checkpoints} holds whole states,
 * {@link org.align4j.core.run.MetricsFile} the figures of every step. Knows no tensor, no method and no option.
 */
@NullMarked
package org.align4j.core.run;

import org.jspecify.annotations.NullMarked;
