package org.align4j.core.compare;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Pairs of best and worst answers, and the prompts that gave none.
 *
 * @param pairs in the order of the prompts
 * @param prompts how many prompts there were
 * @param single prompts with one answer only, or whose answers are all equal word for word
 * @param tied prompts whose best answer is no better than the worst
 * @param unjudged prompts of whose answers fewer than two could be judged
 * @param answers how many answers there were
 * @param asked verdicts or scores that the judge was asked for
 * @param unusable verdicts or scores that say nothing
 */
public record RankResult(
        List<RankedPair> pairs, int prompts, int single, int tied, int unjudged, int answers, int asked, int unusable) {
    public RankResult {
        pairs = List.copyOf(pairs);
    }

    /** Computes the mean margin of the pairs; 0 where there are none. */
    public double meanMargin() {
        return pairs.stream().mapToDouble(RankedPair::margin).average().orElse(0);
    }

    /** Returns all counts as {@code --json} gives them. */
    public Map<String, Object> figures() {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("pairs", pairs.size());
        figures.put("prompts", prompts);
        figures.put("answers", answers);
        figures.put("mean_margin", meanMargin());
        figures.put("left_out_single", single);
        figures.put("left_out_tied", tied);
        figures.put("left_out_unjudged", unjudged);
        figures.put("asked", asked);
        figures.put("unusable", unusable);
        return figures;
    }
}
