package org.align4j.dpo;

import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.TokenScores;
import org.align4j.dpo.loss.PairResult;
import org.jspecify.annotations.Nullable;

/**
 * A forward with its backward.
 *
 * @param scores of the forward
 * @param packed the forward
 * @param result of its pairs alone; null where the whole batch was judged before
 */
record PairPass(
        TokenScores scores,
        RowLayout.Packed packed,
        @Nullable PairResult result) {}
