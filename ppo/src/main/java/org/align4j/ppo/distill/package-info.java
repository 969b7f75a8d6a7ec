/**
 * Distillation: a student learns a teacher's distributions on its own answers. {@link org.align4j.ppo.distill.Distill} is the door for Java
 * programs, {@link org.align4j.ppo.distill.DistillMethod} that of the command line; a step is in {@link
 * org.align4j.ppo.distill.DistillRecipe}. Must not depend on rewards, rollouts or their losses.
 */
@NullMarked
package org.align4j.ppo.distill;

import org.jspecify.annotations.NullMarked;
