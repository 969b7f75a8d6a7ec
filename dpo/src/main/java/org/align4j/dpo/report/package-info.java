/**
 * How runs of {@code align dpo} are read: their figures ({@link org.align4j.dpo.report.DpoFigures}), early warnings and charts, by what
 * their losses are; {@link org.align4j.dpo.report.DpoReport} is the entry. Must not depend on training or models.
 */
@NullMarked
package org.align4j.dpo.report;

import org.jspecify.annotations.NullMarked;
