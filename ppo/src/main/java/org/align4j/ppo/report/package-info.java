/**
 * How runs of {@code align ppo} are read: their figures ({@link org.align4j.ppo.report.PpoFigures}), early warnings, charts and the parts
 * of their page; {@link org.align4j.ppo.report.PpoReport} is the entry. Must not depend on training, losses or models.
 */
@NullMarked
package org.align4j.ppo.report;

import org.jspecify.annotations.NullMarked;
