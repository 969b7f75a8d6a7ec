package org.align4j.core.session;

import java.util.List;
import org.align4j.core.data.TextTokens;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.task.TextPerplexity;

/**
 * The perplexity of general text, which shows what a model forgets.
 *
 * @param windows of general text; empty where none is watched
 * @param budget of one forward
 */
record GuardPerplexity(Policy policy, List<TextTokens> windows, TokenBudget budget) {
    /** Whether nothing is watched. */
    public boolean isEmpty() {
        return windows.isEmpty();
    }

    /** Returns the figures of an evaluation with the perplexity, where there is text to measure it on. */
    public StepMetrics addedTo(StepMetrics metrics) {
        return isEmpty() ? metrics : metrics.with(LoopFigures.GUARD_PERPLEXITY, measure());
    }

    /** Measures the perplexity of the windows' tokens. */
    public double measure() {
        return new TextPerplexity(policy, windows, budget).measure();
    }
}
