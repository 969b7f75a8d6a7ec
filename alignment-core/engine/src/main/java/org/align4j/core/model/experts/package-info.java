/**
 * Mixtures of experts: a router chooses for each token which of many feed-forward parts it goes through. Entry:
 * {@link org.align4j.core.model.experts.MixtureOfExperts}. Must not depend on families or training.
 */
@NullMarked
package org.align4j.core.model.experts;

import org.jspecify.annotations.NullMarked;
