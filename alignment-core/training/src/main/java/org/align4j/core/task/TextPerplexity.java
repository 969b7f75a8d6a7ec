package org.align4j.core.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.data.TextTokens;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout.MicroBatches;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Scorer;

/**
 * Says how well a model predicts text.
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
        for (List<float[]> group : policy.sideBySide(new Scorer(groups()).parts(windows), this::logProbs)) {
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
        Scorer scorer = new Scorer(groups());
        return scorer.score(windows, parts -> policy.sideBySide(parts, this::logProbs))
                .toArray(float[][]::new);
    }

    private List<int[]> groups() {
        int[] sizes = windows.stream().mapToInt(TextTokens::tokens).toArray();
        return MicroBatches.plan(sizes, budget.tokens());
    }

    private List<float[]> logProbs(List<TextTokens> group) {
        TokenScores scores = policy.score(PackedBatch.of(group.stream()
                .map(window -> TokenTree.ofText(window.ids(), window.trained()))
                .toList()));
        List<float[]> found = new ArrayList<>();
        int from = 0;
        for (TextTokens window : group) {
            found.add(Arrays.copyOfRange(scores.logProbs(), from, from + window.trainedTokens()));
            from += window.trainedTokens();
        }
        return found;
    }
}
