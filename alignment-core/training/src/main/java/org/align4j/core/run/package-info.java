/**
 * The run directory: what a training run leaves on disk, so that it survives a kill at any moment. Start at {@link
 * org.align4j.core.run.RunDirectory}; {@link org.align4j.core.run.Checkpoints} holds whole states, {@link
 * org.align4j.core.run.MetricsFile} the figures of every step. {@link org.align4j.core.run.Run} reads all of it, and is
 * the only one that knows the types of options. Knows no tensor and no method.
 *
 * <p>What ties a run to its options and checkpoints: an id, the options it is settled on, and a record of what was
 * changed in them. Start at {@link org.align4j.core.run.RunBinding}. Knows no file of the run directory.
 */
@NullMarked
package org.align4j.core.run;

import org.jspecify.annotations.NullMarked;
