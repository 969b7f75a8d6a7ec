/**
 * Reverse-mode automatic differentiation on vectors of doubles, in which losses are written; entry type {@link
 * org.align4j.core.autodiff.Tape}. It depends on nothing.
 */
@NullMarked
package org.align4j.core.autodiff;

import org.jspecify.annotations.NullMarked;
