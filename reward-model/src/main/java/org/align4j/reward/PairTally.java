package org.align4j.reward;

import static org.align4j.core.error.RootFormat.format;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.data.PairTokens;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;

/** How many pairs have the higher score at the chosen answer; equal scores count as wrong, ties are left out. */
final class PairTally {
    private static final double CONFIDENCE = 0.95;

    private int pairs;
    private int ties;
    private int right;

    /** Counts whether a pair's chosen answer has the higher score. */
    public void count(PairTokens pair, double chosen, double rejected) {
        if (pair.tie()) {
            ties++;
            return;
        }
        pairs++;
        right += chosen > rejected ? 1 : 0;
    }

    /** Figures over all pairs; none where there are none. */
    public Map<String, Object> summary() {
        Map<String, Object> summary = new LinkedHashMap<>();
        if (pairs > 0) {
            Proportion proportion = new Proportion(right, pairs);
            summary.put("pairs", pairs);
            summary.put("ties", ties);
            summary.put("accuracy", proportion.rate());
            summary.put("accuracy_interval", bounds(proportion));
        }
        return summary;
    }

    static List<Double> bounds(Proportion proportion) {
        Interval interval = proportion.wilson(CONFIDENCE);
        return List.of(interval.low(), interval.high());
    }

    static String interval(Proportion proportion) {
        Interval interval = proportion.wilson(CONFIDENCE);
        return format("95 %% interval %.1f to %.1f %%", 100 * interval.low(), 100 * interval.high());
    }

    /** Returns the accuracy in words; empty without pairs. */
    public Optional<String> words() {
        if (pairs == 0) {
            return Optional.empty();
        }
        Proportion proportion = new Proportion(right, pairs);
        return Optional.of(format(
                "accuracy %.1f %% of %d pairs (%s; equal scores count as wrong%s)",
                100 * proportion.rate(), pairs, interval(proportion), ties == 0 ? "" : "; " + ties + " ties left out"));
    }
}
