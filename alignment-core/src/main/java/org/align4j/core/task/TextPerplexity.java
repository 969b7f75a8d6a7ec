package org.align4j.core.task;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.data.TextTokens;
import org.align4j.core.pack.MicroBatches;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;

/**
 * Tells how well a model predicts text.
 *
 * @param windows of the text; at least one
 * @param budget of one forward
 */
public record TextPerplexity(Policy policy, List<TextTokens> windows, TokenBudget budget) {
    /** Tokens of a window, leading ones included, where the model takes as many. */
    public static final int WINDOW = 512;

    /** Copies the windows. */
    public TextPerplexity {
        windows = List.copyOf(windows);
    }

    /** Returns {@code exp} of the mean negative log-probability of the windows' tokens. */
    public double measure() {
        double sum = 0;
        long tokens = 0;
        for (float[][] group : policy.sideBySide(groups(), this::logProbs)) {
            for (float[] window : group) {
                for (float logProb : window) {
                    sum -= logProb;
                }
                tokens += window.length;
            }
        }
        return Math.exp(sum / tokens);
    }

    /** Returns the log-probabilities of each window's tokens in nats: {@code [windows][tokens]}. */
    float[][] logProbs() {
        List<int[]> groups = groups();
        List<float[][]> found = policy.sideBySide(groups, this::logProbs);
        float[][] all = new float[windows.size()][];
        for (int g = 0; g < groups.size(); g++) {
            for (int i = 0; i < groups.get(g).length; i++) {
                all[groups.get(g)[i]] = found.get(g)[i];
            }
        }
        return all;
    }

    private List<int[]> groups() {
        int[] sizes = windows.stream().mapToInt(TextTokens::tokens).toArray();
        return MicroBatches.plan(sizes, budget.tokens());
    }

    private float[][] logProbs(int[] group) {
        TokenScores scores = policy.score(PackedBatch.of(Arrays.stream(group)
                .mapToObj(windows::get)
                .map(window -> TokenTree.ofText(window.ids(), window.trained()))
                .toList()));
        float[][] found = new float[group.length][];
        int from = 0;
        for (int i = 0; i < group.length; i++) {
            int tokens = windows.get(group[i]).trainedTokens();
            found[i] = Arrays.copyOfRange(scores.logProbs(), from, from + tokens);
            from += tokens;
        }
        return found;
    }
}
