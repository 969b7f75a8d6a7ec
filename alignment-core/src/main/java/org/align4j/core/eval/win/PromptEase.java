package org.align4j.core.eval.win;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tells how much systems get at each prompt above what they get on average. */
final class PromptEase {
    private final Map<String, double[]> sums = new HashMap<>();

    private PromptEase() {}

    static PromptEase of(List<List<WinOutcome>> systems) {
        PromptEase ease = new PromptEase();
        for (List<WinOutcome> outcomes : systems) {
            double mean =
                    outcomes.stream().mapToDouble(WinOutcome::win).average().orElse(0);
            for (WinOutcome outcome : outcomes) {
                double[] sum = ease.sums.computeIfAbsent(outcome.prompt(), key -> new double[2]);
                sum[0] += outcome.win() - mean;
                sum[1]++;
            }
        }
        return ease;
    }

    /** The ease of each outcome's prompt; 0, the usual one, where no system met it. */
    double[] at(List<WinOutcome> outcomes) {
        return outcomes.stream()
                .map(outcome -> sums.getOrDefault(outcome.prompt(), new double[] {0, 1}))
                .mapToDouble(sum -> sum[0] / sum[1])
                .toArray();
    }
}
