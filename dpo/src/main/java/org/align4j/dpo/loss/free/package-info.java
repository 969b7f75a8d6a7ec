/**
 * The losses of pairs that need no reference; entry type {@link org.align4j.dpo.loss.free.SimPo}. They must not depend on
 * one another.
 */
@NullMarked
package org.align4j.dpo.loss.free;

import org.jspecify.annotations.NullMarked;
