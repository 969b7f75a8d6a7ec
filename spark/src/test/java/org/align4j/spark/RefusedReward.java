package org.align4j.spark;

import java.util.List;
import org.align4j.core.generate.Completion;
import org.align4j.core.kernel.RefusedKernels;
import org.align4j.core.reward.RewardFunction;

/** Counts tokens, as a model would on the engine, which is refused memory once afterwards, as {@link RefusedLoss} has it. */
public final class RefusedReward implements RewardFunction {
    @Override
    public double[] scores(List<Completion> responses) {
        if (RefusedLoss.isDue()) {
            RefusedKernels.at(1, RefusedKernels.Moment.BEFORE);
        }
        return responses.stream()
                .mapToDouble(response -> response.ids().length % 3)
                .toArray();
    }

    @Override
    public boolean computesOnEngine() {
        return true;
    }
}
