/**
 * Figures of comparisons of systems: win rates, length control, ratings, agreement of judges, each with an interval; the entry is
 * {@link org.align4j.core.eval.win.WinRate}. Pure functions over plain Java values; must not depend on tensors, models or files.
 */
@NullMarked
package org.align4j.core.eval.win;

import org.jspecify.annotations.NullMarked;
