/**
 * What a preference loss is and how one is evaluated, in plain doubles: log-probabilities in, losses and their exact
 * gradients out; entry type {@link org.align4j.dpo.loss.PreferenceObjective}. It must not depend on models or tensors.
 */
@NullMarked
package org.align4j.dpo.loss;

import org.jspecify.annotations.NullMarked;
