/**
 * Policy optimisation from rollouts and scores. {@link org.align4j.ppo.Ppo} is the door for Java programs, {@link
 * org.align4j.ppo.PpoCommand} that of the command line.
 */
@NullMarked
package org.align4j.ppo;

import org.jspecify.annotations.NullMarked;
