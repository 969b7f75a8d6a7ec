package org.align4j.core.session;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Scorer;
import org.align4j.core.report.Sample.Likelihood;
import org.jspecify.annotations.Nullable;

/**
 * Measures how likely answers are under what is trained and under what it began as.
 *
 * @param policy what is trained
 * @param start the model as it began; null where that is gone
 * @param budget of a forward
 */
record AnswerLikelihoods(Policy policy, @Nullable Weights start, TokenBudget budget) {

    /**
     * Returns one likelihood an answer, prompt by prompt.
     *
     * @param items prompts with their answers
     */
    List<List<Likelihood>> of(List<RowLayout.Item> items) {
        List<double[]> trained = sums(items, policy.weights());
        Weights before = start;
        List<double[]> started = before == null ? null : sums(items, before);
        List<List<Likelihood>> found = new ArrayList<>();
        for (int i = 0; i < trained.size(); i++) {
            List<Likelihood> answers = new ArrayList<>();
            for (int a = 0; a < trained.get(i).length; a++) {
                answers.add(new Likelihood(
                        items.get(i).answers()[a].length,
                        started == null ? null : started.get(i)[a],
                        trained.get(i)[a]));
            }
            found.add(answers);
        }
        return found;
    }

    private List<double[]> sums(List<RowLayout.Item> items, Weights weights) {
        RowLayout layout = RowLayout.SHARED.within(policy.decoder().lengthBoundary());
        double drawnAt = policy.temperature();
        policy.setTemperature(1);
        try {
            return budget.withinMemory(() -> Scorer.score(
                    policy,
                    layout,
                    budget,
                    items,
                    packed -> policy.score(packed.batch(), weights).sums(packed)));
        } finally {
            policy.setTemperature(drawnAt);
        }
    }
}
