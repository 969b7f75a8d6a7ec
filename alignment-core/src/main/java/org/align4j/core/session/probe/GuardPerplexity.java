package org.align4j.core.session.probe;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.data.TextTokens;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.pack.MicroBatches;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Policy;
import org.align4j.core.run.StepMetrics;

/**
 * The perplexity of general text, which shows what a model forgets.
 *
 * @param windows of general text; empty where none is watched
 * @param budget of one forward
 */
public record GuardPerplexity(Policy policy, List<TextTokens> windows, TokenBudget budget) {
    /** Whether nothing is watched. */
    public boolean isEmpty() {
        return windows.isEmpty();
    }

    /** Returns the figures of an evaluation with the perplexity, where there is text to measure it on. */
    public StepMetrics addedTo(StepMetrics metrics) {
        return isEmpty() ? metrics : metrics.with(LoopFigures.GUARD_PERPLEXITY, measure());
    }

    /** {@code exp} of the mean negative log-probability of the windows' tokens. */
    public double measure() {
        int[] sizes = windows.stream().mapToInt(TextTokens::tokens).toArray();
        double sum = 0;
        long tokens = 0;
        for (float[] logProbs : policy.sideBySide(MicroBatches.plan(sizes, budget.tokens()), this::logProbs)) {
            for (float logProb : logProbs) {
                sum -= logProb;
            }
            tokens += logProbs.length;
        }
        return Math.exp(sum / tokens);
    }

    private float[] logProbs(int[] group) {
        return policy.score(PackedBatch.of(Arrays.stream(group)
                        .mapToObj(windows::get)
                        .map(window -> TokenTree.ofText(window.ids(), window.trained()))
                        .toList()))
                .logProbs();
    }
}
