/** Reward models: a scalar head on the shared policy. */
@NullMarked
package org.align4j.reward;

import org.jspecify.annotations.NullMarked;
