/** Policy optimisation from rollouts and scores. */
@NullMarked
package org.align4j.ppo;

import org.jspecify.annotations.NullMarked;
