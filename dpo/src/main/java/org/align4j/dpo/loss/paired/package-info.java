/**
 * The losses of pairs that compare the policy with a reference, one class each; entry type {@link
 * org.align4j.dpo.loss.paired.Sigmoid}. Notation: a and b are the log-ratios log π − log π_ref of the chosen and the
 * rejected response, f the score of a log-ratio (f-divergence), Δ = f(a) − f(b). They must not depend on one another.
 *
 * <p>The losses of pairs that need no reference; entry type {@link org.align4j.dpo.loss.paired.SimPo}. They must not
 * depend on one another.
 *
 * <p>Losses of single responses that are desirable or not; entry type {@link org.align4j.dpo.loss.paired.Kto}. It must
 * not depend on the losses of pairs.
 */
@NullMarked
package org.align4j.dpo.loss.paired;

import org.jspecify.annotations.NullMarked;
