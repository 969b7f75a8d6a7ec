/**
 * What the scores of rows come to: {@link org.align4j.reward.tally.PairTally} and {@link org.align4j.reward.tally.StepTally}. Must not
 * depend on models.
 */
@NullMarked
package org.align4j.reward.tally;

import org.jspecify.annotations.NullMarked;
