/**
 * From scores to advantages, in plain doubles: KL penalties, where a score counts, generalised advantage estimation,
 * baselines within a group, whitening; entry type {@link org.align4j.ppo.credit.TokenRewards}. Rows are ragged: a
 * response has as many numbers as it has tokens, and nothing is padded.
 */
@NullMarked
package org.align4j.ppo.credit;

import org.jspecify.annotations.NullMarked;
