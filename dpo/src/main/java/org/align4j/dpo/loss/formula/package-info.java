/**
 * Losses of one pair written in letters, and with numbers put in: {@link org.align4j.dpo.loss.formula.PairFormula}. It must not depend on losses,
 * models or tensors.
 */
@NullMarked
package org.align4j.dpo.loss.formula;

import org.jspecify.annotations.NullMarked;
