package org.align4j.dpo;

import static org.align4j.core.error.RootFormat.format;

import java.util.Optional;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceObjective;

/**
 * The value that an objective has where policy and reference are equal, which the first loss of a training from its own reference is:
 * ln 2 for sigmoid.
 *
 * @param objective that is minimised
 * @param batch what policy and reference said of the first step's rows
 */
record FirstLoss(PreferenceObjective objective, BatchScores batch) {
    /**
     * Returns the sentence about a first loss that is another one; empty where it is that of equality, in four decimals.
     *
     * @param found the first loss
     * @param why policy and reference differ
     * @param before what the loss remembered before the step
     */
    Optional<String> sentence(double found, String why, LossState before) {
        String own = format("%.4f", found);
        String equal = format("%.4f", atEquality(before));
        return own.equals(equal)
                ? Optional.empty()
                : Optional.of(format(
                        "The first loss is %s, not the %s of a policy that equals its reference, because %s.",
                        own, equal, why));
    }

    private double atEquality(LossState before) {
        BatchScores equal =
                new BatchScores(batch.rows().stream().map(FirstLoss::equal).toList());
        BatchTotals totals = BatchTotals.of(equal);
        LossState state = objective.remembers() ? objective.advance(equal, before) : before;
        return objective.evaluate(equal, totals, state).loss();
    }

    private static RowScores equal(RowScores row) {
        RowScores equal =
                new RowScores(row.policy(), row.policy(), row.logSumSquares(), null, row.prompt(), row.desirable());
        return row.sequenceKl() == null ? equal : equal.withSequenceKl(new double[row.policy().length]);
    }
}
