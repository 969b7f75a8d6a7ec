/**
 * How runs of {@code align reward} are read: their figures ({@link org.align4j.reward.report.RewardFigures}), charts, and how good their
 * scores are; {@link org.align4j.reward.report.RewardReport} is the entry. Must not depend on training, losses or models.
 */
@NullMarked
package org.align4j.reward.report;

import org.jspecify.annotations.NullMarked;
