package org.align4j.dpo;

import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.TokenScores;
import org.align4j.dpo.loss.unpaired.UnpairedResult;

/**
 * What a forward gave.
 *
 * @param scores of the forward
 * @param packed the forward
 * @param result of its answers
 */
record AnswerPass(TokenScores scores, RowLayout.Packed packed, UnpairedResult result) {}
