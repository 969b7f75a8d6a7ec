/**
 * Losses of single responses that are desirable or not; entry type {@link org.align4j.dpo.loss.unpaired.Kto}.
 * It must not depend on the losses of pairs.
 */
@NullMarked
package org.align4j.dpo.loss.unpaired;

import org.jspecify.annotations.NullMarked;
