package org.align4j.dpo;

import java.util.List;
import org.align4j.dpo.loss.BatchTotals;
import org.align4j.dpo.loss.Judgement;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceObjective;
import org.jspecify.annotations.Nullable;

/**
 * What the rows of a step are judged by beside their own scores.
 *
 * @param seed of the step's dropout
 * @param reference the reference's scores
 * @param totals of the whole batch
 * @param state what the loss remembers
 * @param whole what the loss made of the whole batch, where it needs that and the batch has several forwards
 */
record BatchContext(
        long seed,
        ReferenceScores reference,
        BatchTotals totals,
        LossState state,
        @Nullable Judgement whole) {
    /** Returns this context of a loss that has remembered more. */
    public BatchContext with(LossState remembered) {
        return new BatchContext(seed, reference, totals, remembered, whole);
    }

    /** Returns this context once the whole batch was judged. */
    public BatchContext judgedAs(Judgement judgement) {
        return new BatchContext(seed, reference, totals, state, judgement);
    }

    /** Whether one forward holds the whole batch of a loss that must see it before it judges. */
    public boolean seesWhole(PreferenceObjective objective, List<int[]> groups) {
        return objective.needsWholeBatch() && groups.size() == 1 && whole == null;
    }
}
