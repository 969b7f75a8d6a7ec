package org.align4j.reward;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.data.PairTokens;
import org.align4j.core.text.Tokenizer;
import org.align4j.reward.report.JudgedPairs.JudgedPair;
import org.align4j.reward.report.JudgedPairs;
import org.jspecify.annotations.Nullable;

/**
 * Held-out pairs as the trained model and the baselines judge them.
 *
 * @param evaluation the pairs
 * @param scored what the model says of them
 */
record Judgement(List<PairTokens> evaluation, ScoredPairs scored) {

    /**
     * Prepares the judged pairs that the report shows.
     *
     * @param training what the baselines learn from
     * @param shown pairs on which the model errs most that are shown in words
     * @param tokenizer of the words; null where rows are tokens
     */
    JudgedPairs against(List<PairTokens> training, int shown, @Nullable Tokenizer tokenizer) {
        NgramBaseline ngrams = NgramBaseline.train(training);
        Set<Integer> worst = worst(shown);
        Map<List<Integer>, Integer> prompts = new HashMap<>();
        List<JudgedPair> pairs = new ArrayList<>();
        for (int i = 0; i < evaluation.size(); i++) {
            PairTokens pair = evaluation.get(i);
            if (!pair.tie()) {
                List<Integer> prompt = IntStream.of(pair.prompt()).boxed().toList();
                int number = prompts.computeIfAbsent(prompt, key -> prompts.size());
                pairs.add(new JudgedPair(
                        pair.row(),
                        number,
                        scored.chosen()[i],
                        scored.rejected()[i],
                        pair.chosen().length,
                        pair.rejected().length,
                        ngrams == null ? 0 : ngrams.margin(pair),
                        tokenizer != null && worst.contains(i) ? text(pair, tokenizer) : null));
            }
        }
        boolean longer = LengthBaseline.of(training).longerIsBetter();
        int ties = evaluation.size() - pairs.size();
        return new JudgedPairs(longer, ngrams == null ? 0 : ngrams.pairs(), ties, pairs);
    }

    private Set<Integer> worst(int shown) {
        return IntStream.range(0, evaluation.size())
                .filter(i -> !evaluation.get(i).tie() && margin(i) <= 0)
                .boxed()
                .sorted(Comparator.comparingDouble(this::margin))
                .limit(shown)
                .collect(Collectors.toSet());
    }

    private double margin(int pair) {
        return scored.chosen()[pair] - scored.rejected()[pair];
    }

    private static JudgedPair.Text text(PairTokens pair, Tokenizer tokenizer) {
        return new JudgedPair.Text(
                tokenizer.decode(pair.prompt(), false),
                tokenizer.decode(pair.chosen(), true),
                tokenizer.decode(pair.rejected(), true));
    }
}
