/**
 * What the training loop asks of an optimizer: {@link org.align4j.core.optimizer.OptimizerStep}. Knows no tensor, so that the
 * loop is tested with arrays. Depends on nothing.
 */
@NullMarked
package org.align4j.core.optimizer;

import org.jspecify.annotations.NullMarked;
