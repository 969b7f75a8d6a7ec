/**
 * What a preference loss is and how one is evaluated, in plain doubles: log-probabilities in, losses and their exact
 * gradients out; entry type {@link org.align4j.dpo.loss.PreferenceObjective}. It must not depend on models or tensors.
 *
 * <p>Losses of one pair written in letters, and with numbers put in: {@link org.align4j.dpo.loss.PairFormula}.
 * It must not depend on losses, models or tensors.
 *
 * <p>Losses by the names that {@code --loss} takes, and the options that their parameters are; entry type {@link
 * org.align4j.dpo.loss.LossKind}. It must not depend on models or tensors, nor on any one loss.
 */
@NullMarked
package org.align4j.dpo.loss;

import org.jspecify.annotations.NullMarked;
