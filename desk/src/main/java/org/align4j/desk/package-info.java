/**
 * Sweeps: many runs of a training command, each in a process of its own, and what their held-out rows say of the options in which they differ.
 * Entry: {@link org.align4j.desk.SweepCommand}; {@link org.align4j.desk.SweepPlan} holds what is to be run, {@link org.align4j.desk.Sweep} runs
 * it. Must not depend on a training method: commands are found by their names.
 */
@NullMarked
package org.align4j.desk;

import org.jspecify.annotations.NullMarked;
